import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  type FromKernel,
  isFromKernel,
  isModule,
  isRequest,
  isRow,
  type ModuleMessage,
  type Request,
  type Traits,
} from "../src/messages.ts";
import { Session } from "../src/session.ts";

/** The Python tests read the same file. */
const file = new URL("../../tests/fixtures/messages.json", `file://${import.meta.dirname}/`);
const fixture: { from_kernel: FromKernel[]; module: ModuleMessage; to_kernel: Request[]; traits: Traits } =
  JSON.parse(readFileSync(file, "utf8"));

test.each(fixture.from_kernel)("the browser knows $type", (message) => {
  expect(isFromKernel(message)).toBe(true);
});

test.each(fixture.to_kernel)("the kernel is sent $type", (message) => {
  expect(isRequest(message)).toBe(true);
});

test("the browser knows a module, which is of no attempt", () => {
  expect(isModule(fixture.module)).toBe(true);
  expect(isModule({ type: "module", name: "extras", script: 1 })).toBe(false);
  expect(isFromKernel(fixture.module)).toBe(false);
});

test("every type of both directions has an example", () => {
  const types = (list: { type: string }[]) => [...new Set(list.map((m) => m.type))].sort();
  expect(types(fixture.from_kernel)).toEqual([
    "compare",
    "delta",
    "end",
    "error",
    "meter",
    "snapshot",
    "start",
    "update",
  ]);
  expect(types(fixture.to_kernel)).toEqual([
    "compare",
    "guard_off",
    "module",
    "resume",
    "retry",
    "select",
    "stop",
    "sync",
  ]);
});

test("the examples fold into one attempt, in order and without a question", () => {
  const asked: unknown[] = [];
  const session = new Session(
    (ask) => asked.push(ask),
    () => 0,
  );
  session.introduce(fixture.traits.rows.filter(isRow), "");
  for (const message of fixture.from_kernel) session.receive(message);
  expect(asked).toEqual([]);
  expect(session.shown?.text.toString()).toBe(fixture.traits.saved_text);
  expect(session.shown?.row.meter.overrun_tokens).toBe(1);
});

test.each([
  null,
  "delta",
  { type: "delta" },
  { type: "delta", attempt: "a", seq: 1, channel: "other", text: "x" },
  { type: "delta", attempt: "a", seq: 1, channel: "text", text: "x", meter: 3 },
  { type: "end", attempt: "a", seq: 1, length: 3 },
  { type: "compare", attempt: "a", seq: 1, other: "b", differences: [], lines: "a" },
  { type: "party", attempt: "a", seq: 1 },
  { kind: "anywidget-command" },
])("what is no message of ours is left alone: %j", (value) => {
  expect(isFromKernel(value)).toBe(false);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { guardText } from "../src/format.ts";
import { Guards } from "../src/guards.ts";
import type { Ask, GuardRow } from "../src/messages.ts";
import { Session } from "../src/session.ts";
import { done, end, meter, start } from "./make.ts";

const guard = (over: Partial<GuardRow> = {}): GuardRow => ({
  name: "MaxTokens",
  limit: "500",
  about: "Stops the attempt once 500 tokens have been received.",
  state: "on",
  near: null,
  ...over,
});

function shown(...guards: GuardRow[]) {
  const asked: Ask[] = [];
  const session = new Session(
    (ask) => asked.push(ask),
    () => 0,
  );
  const row = new Guards(session, () => row.paint(session.shown), new AbortController().signal);
  document.body.append(row.root);
  session.receive(start("a", { guards }));
  row.paint(session.shown);
  const buttons = () => [...row.root.querySelectorAll("button")];
  return { asked, session, row, buttons };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

test("each guard shows its name, its limit and how near it is", () => {
  const { session, row, buttons } = shown(guard(), guard({ name: "Pattern", limit: "As an AI" }));
  session.receive({ type: "meter", attempt: "a", seq: 2, meter: meter(), near: [0.42, null] });
  row.paint(session.shown);
  expect(buttons().map((node) => node.textContent)).toEqual(["◇MaxTokens500", "◇PatternAs an AI"]);
  expect(buttons().map((node) => node.style.getPropertyValue("--nbs-near"))).toEqual(["0.42", "0"]);
  expect(buttons()[0]?.title).toContain("Now at 42 %.");
});

test("a click switches a guard off at once, and asks the kernel once", () => {
  const { asked, buttons } = shown(guard(), guard({ name: "Stall" }));
  const stall = buttons()[1] as HTMLButtonElement;
  stall.click();
  stall.click();
  expect(asked).toEqual([{ type: "guard_off", attempt: "a", guard: 1 }]);
  expect(stall.dataset.state).toBe("off");
  expect(stall.getAttribute("aria-disabled")).toBe("true");
  expect(buttons()[0]?.dataset.state).toBe("on");
});

test("a meter that comes before the kernel's word leaves it off", () => {
  const { session, row, buttons } = shown(guard());
  buttons()[0]?.click();
  session.receive({ type: "meter", attempt: "a", seq: 2, meter: meter(), near: [0.5] });
  row.paint(session.shown);
  expect(buttons()[0]?.dataset.state).toBe("off");
});

test("the guards of an ended attempt are shown and cannot be switched", () => {
  const { asked, session, row, buttons } = shown(guard());
  const guards = [guard({ state: "tripped" })];
  session.receive(end(2, 0, "a", { ended_by: "guard", guards }));
  row.paint(session.shown);
  buttons()[0]?.click();
  expect(asked).toEqual([]);
  expect(buttons()[0]?.title).toContain("It ended this attempt.");
});

test("without guards there is no row for them", () => {
  const { session, row } = shown();
  expect(row.root.hidden).toBe(true);
  session.receive(start("b", { number: 2, guards: [guard()] }));
  row.paint(session.shown);
  expect(row.root.hidden).toBe(false);
});

test("a row without the field, as an earlier version saved it, has none", () => {
  const session = new Session(
    () => {},
    () => 0,
  );
  session.introduce([done()], "");
  const row = new Guards(session, () => {}, new AbortController().signal);
  row.paint(session.shown);
  expect(row.root.hidden).toBe(true);
});

test("a guard's name is text, never markup", () => {
  const { row } = shown(guard({ name: "<img src=x>", limit: "<b>" }));
  expect(row.root.querySelector("img, b")).toBeNull();
});

test("the tooltip says what a click does, and that a retry has the guard again", () => {
  expect(guardText(guard(), true).title).toBe(
    "MaxTokens 500: Stops the attempt once 500 tokens have been received. " +
      "Click to switch it off for this attempt; a retry has it again.",
  );
});

test("a refused retry frees the button", () => {
  const { session } = shown();
  session.receive(end(2, 0));
  session.retry("a");
  expect(session.retrying).toBe(true);
  session.receive({ type: "error", attempt: "a", seq: 3, message: "No further try.", retryable: true });
  expect(session.retrying).toBe(false);
});

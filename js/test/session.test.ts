import { beforeEach, expect, test } from "vitest";
import type { Ask } from "../src/messages.ts";
import { NO_ANSWER_MS, Session, SILENCE_MS } from "../src/session.ts";
import { delta, done, end, meter, row, snapshot, start } from "./make.ts";

let asked: Ask[] = [];
let clock = 0;
let session: Session;
const text = (attempt = "a") => session.list.find((a) => a.row.attempt === attempt)?.text.toString();
const asks = (type: Ask["type"]) => asked.filter((ask) => ask.type === type);

beforeEach(() => {
  asked = [];
  clock = 1000;
  session = new Session(
    (ask) => asked.push(ask),
    () => clock,
  );
});

test("a text may bring the numbers along, and one that does not leaves them", () => {
  session.receive(start("a", { status: "waiting" }));
  const known = meter({ status: "streaming", received_tokens: 7 });
  session.receive({ type: "delta", attempt: "a", seq: 2, channel: "text", text: "one", meter: known });
  expect(session.shown?.row).toMatchObject({ status: "streaming", meter: { received_tokens: 7 } });
  session.receive(delta(3, " two", "a"));
  expect(session.shown?.row.meter).toEqual(known);
  expect(text()).toBe("one two");
});

test("deltas grow the text in order", () => {
  for (const message of [start(), delta(2, "Hel"), delta(3, "lo")]) session.receive(message);
  expect(text()).toBe("Hello");
});

test("reasoning is kept apart from the text", () => {
  session.receive(start());
  session.receive({ type: "delta", attempt: "a", seq: 2, channel: "reasoning", text: "hm" });
  expect(session.shown?.reasoning.toString()).toBe("hm");
  expect(text()).toBe("");
});

test("a front end that opens asks for everything", () => {
  session.open();
  expect(asked).toEqual([{ type: "sync", have: [] }]);
});

test("a gap asks once, naming what is here, and holds the text until the snapshot", () => {
  session.receive(start());
  for (const seq of [2, 4, 5, 6]) session.receive(delta(seq, `<${seq}>`));
  expect(asks("sync")).toEqual([{ type: "sync", have: [{ attempt: "a", seq: 2, length: 3 }] }]);
  expect(text()).toBe("<2>");
  session.receive(snapshot(6, 3, "<3><4><5><6>"));
  session.receive(delta(7, "<7>"));
  expect(text()).toBe("<2><3><4><5><6><7>");
  expect(asks("sync")).toHaveLength(1);
});

test("a message that comes twice counts once", () => {
  for (const message of [start(), delta(2, "x"), delta(2, "x"), start()]) session.receive(message);
  expect(text()).toBe("x");
  expect(asked).toEqual([]);
});

test("a snapshot replaces the text from its offset on", () => {
  for (const message of [start(), delta(2, "abcdef")]) session.receive(message);
  session.receive(snapshot(5, 3, "XYZ!"));
  expect(text()).toBe("abcXYZ!");
});

test("a snapshot that only goes on keeps what is painted", () => {
  for (const message of [start(), delta(2, "abc")]) session.receive(message);
  const epoch = session.shown?.text.epoch;
  session.receive(snapshot(5, 0, "abcdef"));
  expect(text()).toBe("abcdef");
  expect(session.shown?.text.epoch).toBe(epoch);
});

test("a snapshot older than what is here changes nothing", () => {
  for (const message of [start(), delta(2, "a"), delta(3, "b")]) session.receive(message);
  session.receive(snapshot(2, 0, "a"));
  expect(text()).toBe("ab");
});

test("a snapshot with a hole before it asks for the whole text", () => {
  session.receive(start());
  session.receive(snapshot(9, 40, "tail"));
  expect(asks("sync")).toEqual([{ type: "sync", have: [{ attempt: "a", seq: 0, length: 0 }] }]);
});

test("a length that disagrees at the end asks for the whole text", () => {
  for (const message of [start(), delta(2, "abc"), end(3, 5)]) session.receive(message);
  expect(session.shown?.ended).toBe(true);
  expect(asks("sync")).toEqual([{ type: "sync", have: [{ attempt: "a", seq: 0, length: 0 }] }]);
  session.receive(snapshot(3, 0, "abcde", "a", done()));
  expect(text()).toBe("abcde");
  expect(session.busy).toBe(false);
});

test("length is counted in UTF-16 code units", () => {
  for (const message of [start(), delta(2, "😀"), end(3, 2)]) session.receive(message);
  expect(asked).toEqual([]);
});

test("an end after a gap ends the attempt and still heals the text", () => {
  for (const message of [start(), delta(2, "a"), end(5, 3)]) session.receive(message);
  expect(session.live).toBeNull();
  expect(asks("sync")).toHaveLength(1);
});

test("a message of an attempt nobody introduced asks for it", () => {
  session.receive(delta(7, "x", "b"));
  expect(asked).toEqual([{ type: "sync", have: [{ attempt: "b", seq: 0, length: 0 }] }]);
  session.receive(snapshot(7, 0, "all", "b"));
  expect(text("b")).toBe("all");
});

test("stop is asked once, and aimed", () => {
  session.receive(start());
  session.stop("a");
  session.stop("a");
  expect(asked).toEqual([{ type: "stop", attempt: "a" }]);
  expect(session.shown && session.stopping(session.shown)).toBe(true);
});

test("a late stop aimed at an ended attempt does nothing, also not to the next", () => {
  for (const message of [start(), end(2, 0), start("b", { number: 2 })]) session.receive(message);
  session.stop("a");
  expect(asked).toEqual([]);
});

test("a new attempt shows itself, whatever was looked at", () => {
  session.receive(start());
  session.receive(end(2, 0));
  session.select("a");
  session.receive(start("b", { number: 2, relation: "retry", parent: "a" }));
  expect(session.shown?.row.attempt).toBe("b");
});

test("stop is aimed at the live attempt also while another one is looked at", () => {
  for (const message of [start(), end(2, 0), start("b", { number: 2 })]) session.receive(message);
  session.select("a");
  expect(session.shown?.row.attempt).toBe("a");
  expect(session.live?.row.attempt).toBe("b");
});

test("choosing an attempt whose text is not here asks for it", () => {
  session.introduce([done("a"), done("b", { number: 2 })], "");
  session.select("a");
  expect(asked).toEqual([{ type: "select", attempt: "a" }]);
  session.receive(snapshot(9, 0, "old", "a", done()));
  session.select("a");
  expect(asked).toHaveLength(1);
});

test("retry waits for its own answer and is given up in the end", () => {
  session.receive(start());
  session.retry("a");
  session.retry("a");
  expect(asks("retry")).toHaveLength(1);
  session.receive(start("b", { number: 2 }));
  expect(session.retrying).toBe(false);
  session.retry("b");
  clock += NO_ANSWER_MS * 2 + 1;
  session.tick();
  expect(session.retrying).toBe(false);
});

test("three silent seconds of a live attempt ask, and an ended one may be silent", () => {
  session.receive(start());
  clock += SILENCE_MS + 1;
  session.tick();
  expect(asks("sync")).toEqual([{ type: "sync", have: [{ attempt: "a", seq: 1, length: 0 }] }]);
  session.receive(snapshot(1, 0, "", "a"));
  session.receive(end(2, 0));
  clock += 60_000;
  session.tick();
  expect(asks("sync")).toHaveLength(1);
});

test("five seconds without an answer are said, and the text is kept", () => {
  for (const message of [start(), delta(2, "kept")]) session.receive(message);
  session.stop("a");
  expect(session.unanswered).toBe(false);
  clock += NO_ANSWER_MS + 1;
  session.tick();
  expect(session.unanswered).toBe(true);
  expect(text()).toBe("kept");
  session.receive(delta(3, "!"));
  expect(session.unanswered).toBe(false);
});

test("a stop that was not answered may be asked again", () => {
  session.receive(start());
  session.stop("a");
  clock += NO_ANSWER_MS + 1;
  session.stop("a");
  expect(asks("stop")).toHaveLength(2);
});

test("a kernel that never answers is asked ever more rarely", () => {
  session.receive(start());
  session.open();
  for (let s = 0; s < 600; s += 1) {
    clock += 1000;
    session.tick();
  }
  expect(asks("sync").length).toBeLessThan(15);
  expect(session.unanswered).toBe(true);
});

test("a saved notebook shows the saved text, and what the kernel sends replaces it", () => {
  session.introduce([done("a"), done("b", { number: 2 })], "saved text");
  expect(session.saved).toBe(true);
  expect(session.shown?.text.toString()).toBe("saved text");
  session.receive(snapshot(4, 0, "the real text", "b", done("b", { number: 2 })));
  expect(session.shown?.text.toString()).toBe("the real text");
});

test("counts reconciled after the end arrive by message and by trait", () => {
  for (const message of [start(), end(2, 0)]) session.receive(message);
  const known = meter({ status: "done", output_tokens: 12, output_source: "reconciled" });
  session.receive({ type: "update", attempt: "a", seq: 3, row: done("a", { meter: known }) });
  expect(session.shown?.row.meter.output_tokens).toBe(12);
  session.introduce([done("a", { meter: { ...known, output_tokens: 13 } })], "");
  expect(session.shown?.row.meter.output_tokens).toBe(13);
});

test("the trait may come before the start message", () => {
  session.introduce([row("a", { status: "waiting" })], "");
  for (const message of [start(), delta(2, "x")]) session.receive(message);
  expect(text()).toBe("x");
  expect(asked).toEqual([]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Request, Traits } from "../src/messages.ts";
import nbstream from "../src/widget.ts";
import { delta, end, resume, start } from "./make.ts";

let cleanups: (() => void)[] = [];
const sent: Request[] = [];
const listeners = new Set<(message: unknown) => void>();
const emit = (message: unknown) => {
  for (const run of listeners) run(message);
};

function mount() {
  const traits: Partial<Traits> = { generation_id: "g", rows: [], header: { model: "demo", hint: null } };
  const model = {
    get: (key: keyof Traits) => traits[key],
    send: (content: Request) => void sent.push(content),
    on: (name: string, run: (message: unknown) => void) => name === "msg:custom" && listeners.add(run),
    off: () => listeners.clear(),
  } as never;
  const el = document.createElement("div");
  document.body.append(el);
  const widget = nbstream();
  cleanups = [widget.render({ model, el }), widget.initialize({ model })];
  return <E extends HTMLElement = HTMLButtonElement>(name: string) =>
    el.querySelector<E>(`.nbstream-${name}`) as E;
}

/** An attempt that was stopped with this text, and its widget. */
function stopped(text: string, over: Parameters<typeof resume>[0] = {}) {
  const find = mount();
  for (const message of [start(), delta(2, text)]) emit(message);
  emit(end(3, text.length, "a", { ended_by: "person", finish_reason: null, resume: resume(over) }));
  paint();
  return find;
}

const paint = () => vi.advanceTimersByTime(250);
const click = (node: Element) => node.dispatchEvent(new MouseEvent("click", { bubbles: true }));
const press = (node: Element, init: KeyboardEventInit) =>
  node.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }));
const asked = () => sent.filter((message) => message.type === "resume").map((message) => message.text);
const area = (find: ReturnType<typeof mount>) => find<HTMLTextAreaElement>("area");

/** Edit mode, with the cursor after so many characters. */
function edit(find: ReturnType<typeof mount>, at: number) {
  click(find("edit"));
  area(find).setSelectionRange(at, at);
  area(find).dispatchEvent(new Event("keyup", { bubbles: true }));
}

beforeEach(() => {
  vi.useFakeTimers();
  sent.length = 0;
});
afterEach(() => {
  for (const cleanup of cleanups) cleanup();
  document.body.replaceChildren();
  vi.useRealTimers();
});

test("Continue goes on from all of the text, once", () => {
  const find = stopped("one two");
  expect(find("resume").title).toContain("by prefill; costs about 33 prompt tokens again");
  click(find("resume"));
  click(find("resume"));
  expect(asked()).toEqual([null]);
  expect(find("resume").disabled).toBe(true);
});

test("Continue waits for an end, and says why it cannot be", () => {
  const find = mount();
  for (const message of [start(), delta(2, "one")]) emit(message);
  paint();
  expect([find("resume").disabled, find("edit").disabled]).toEqual([true, true]);
  emit(end(3, 3, "a", { resume: resume({ refusal: "The model ended this answer itself." }) }));
  paint();
  expect([find("resume").disabled, find("edit").disabled]).toEqual([true, false]);
  expect(find("resume").title).toBe("The model ended this answer itself.");
});

test("Stop stands in the header, and Continue in the footer", () => {
  const find = stopped("one");
  expect(find("header").contains(find("resume"))).toBe(false);
  expect(find("footer").contains(find("resume"))).toBe(true);
});

test("continue from here cuts at the cursor", () => {
  const find = stopped("one two three");
  edit(find, 7);
  expect(find("kept").textContent).toBe("7 of 13 characters to here");
  click(find("here"));
  expect(asked()).toEqual(["one two"]);
  expect(find("editor").hidden).toBe(true);
  expect(find("scroller").hidden).toBe(false);
});

test("Alt+Enter cuts at the cursor, Ctrl+Enter goes on from all of the edited text", () => {
  const find = stopped("one two");
  edit(find, 3);
  press(area(find), { key: "Enter", altKey: true });
  vi.advanceTimersByTime(20_000);
  edit(find, 3);
  area(find).value = "one 2";
  press(area(find), { key: "Enter", ctrlKey: true });
  expect(asked()).toEqual(["one", "one 2"]);
});

test("Esc leaves without a change, and stops nothing", () => {
  const find = stopped("one two");
  emit(start("b", { number: 2 }));
  click(document.querySelector('[data-attempt="a"].nbstream-chip') as Element);
  paint();
  edit(find, 3);
  area(find).value = "other";
  press(area(find), { key: "Escape" });
  paint();
  expect(sent.filter((message) => message.type === "stop")).toEqual([]);
  expect(asked()).toEqual([]);
  expect([find("editor").hidden, find("text").textContent]).toEqual([true, "one two"]);
});

test("what was not changed goes on from the kernel's own text, line ends and all", () => {
  const find = stopped("a\r\nb\r\nc");
  edit(find, 5);
  click(find("all"));
  expect(asked()).toEqual([null]);
});

test("a cut counts each line end as one, as the text area does", () => {
  const find = stopped("a\r\nb\r\nc");
  click(find("edit"));
  area(find).value = "a\nb\nc"; // as a browser has it
  area(find).setSelectionRange(3, 3);
  click(find("here"));
  expect(asked()).toEqual(["a\r\nb"]);
});

test("a text that is only blank is not gone on from", () => {
  const find = stopped("one two");
  edit(find, 0);
  expect(find("here").disabled).toBe(true);
  press(area(find), { key: "Enter", altKey: true });
  expect(asked()).toEqual([]);
});

test("an answer that the model ended is gone on from only when it was cut or edited", () => {
  const find = stopped("one two", { refusal: "The model ended it." });
  edit(find, 7);
  expect([find("here").disabled, find("all").disabled]).toEqual([true, true]);
  area(find).setSelectionRange(3, 3);
  area(find).dispatchEvent(new Event("keyup", { bubbles: true }));
  expect([find("here").disabled, find("all").disabled]).toEqual([false, true]);
});

test("markup in the text stays text", () => {
  const find = stopped("</textarea><img src=x onerror=alert(1)>");
  click(find("edit"));
  expect(area(find).value).toBe("</textarea><img src=x onerror=alert(1)>");
  expect(document.querySelector("img")).toBeNull();
});

test.each(["one **two", "- a\n- b", "| a | b |\n|---|---|\n| c | d", "```py\nx = 1", "one.\n\n"])(
  "a mark stands between kept and new text, and changes neither: %j",
  (kept) => {
    const find = mount();
    emit(start("a", { relation: "resume", kept: kept.length }));
    emit(delta(2, kept));
    emit(delta(3, " new text"));
    emit(end(4, kept.length + 9, "a", { kept: kept.length }));
    paint();
    const marks = document.querySelectorAll(".nbstream-seam");
    expect(marks).toHaveLength(1);
    expect(find<HTMLElement>("text").textContent).toContain("new text");
    const plain = find<HTMLElement>("text").textContent;
    marks[0]?.remove();
    expect(find<HTMLElement>("text").textContent).toBe(plain);
    click(find("toggle"));
    paint();
    expect(find<HTMLElement>("text").textContent).toBe(`${kept} new text`);
    const before = document.querySelector(".nbstream-seam")?.previousSibling?.textContent;
    expect(before).toBe(kept);
  },
);

test("a refusal of the kernel is shown, and Continue may be tried again", () => {
  const find = stopped("one two");
  click(find("resume"));
  emit({ type: "error", attempt: "a", seq: 4, message: "No.", retryable: true });
  paint();
  expect(find("error").textContent).toBe("No.");
  expect(find("resume").disabled).toBe(false);
});

const chip = (id: string) => document.querySelector(`[data-attempt="${id}"].nbstream-chip`) as Element;

test("Edit takes the place of the comparison, and the comparison that of the editor", () => {
  const find = stopped("one two");
  emit(start("b", { number: 2 }));
  emit(end(2, 0, "b", { number: 2, resume: resume() }));
  click(chip("a"));
  paint();
  const open = () => [find("editor").hidden, find("comparison").hidden, find("scroller").hidden];
  click(find("compare"));
  paint();
  expect(open()).toEqual([true, false, true]);
  click(find("edit"));
  paint();
  expect(open()).toEqual([false, true, true]);
  expect(document.activeElement).toBe(area(find));
  click(find("compare"));
  paint();
  expect(open()).toEqual([true, false, true]);
  click(find("toggle")); // the source
  paint();
  expect(open()).toEqual([true, true, false]);
});

test("another attempt closes the editor, and the draft waits for its own", () => {
  const find = stopped("one two");
  edit(find, 7);
  area(find).value = "one 2";
  emit(start("b", { number: 2 }));
  emit(delta(2, "other", "b"));
  paint();
  expect([find("editor").hidden, find("text").textContent]).toEqual([true, "other"]);
  emit(end(3, 5, "b", { number: 2, resume: resume() }));
  paint();
  click(find("edit"));
  expect(area(find).value).toBe("other");
  click(chip("a"));
  paint();
  expect(find("editor").hidden).toBe(true);
  click(find("edit"));
  expect(area(find).value).toBe("one 2");
  press(area(find), { key: "Escape" }); // changes nothing: the draft is gone
  paint();
  click(find("edit"));
  expect(area(find).value).toBe("one two");
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FromKernel, Request, Traits } from "../src/messages.ts";
import nbstream from "../src/widget.ts";
import { delta, done, end, start } from "./make.ts";

type Compared = Extract<FromKernel, { type: "compare" }>;

/** A widget with three attempts that have ended, and what it asks the kernel. */
function mount() {
  const traits: Record<string, unknown> = {
    generation_id: "g",
    rows: [],
    header: { model: "demo", hint: null },
    saved_text: "",
  };
  const sent: Request[] = [];
  let emit: (message: unknown) => void = () => {};
  const model = {
    get: (key: keyof Traits) => traits[key],
    send: (content: Request) => void sent.push(content),
    on: (name: string, run: (message: unknown) => void) => {
      if (name === "msg:custom") emit = run;
    },
    off: () => {},
  };
  const el = document.createElement("div");
  document.body.append(el);
  const widget = nbstream();
  cleanups.push(widget.initialize({ model: model as never }));
  cleanups.unshift(widget.render({ model: model as never, el }));
  const find = <E extends HTMLElement = HTMLElement>(selector: string) => el.querySelector<E>(selector) as E;
  return {
    el,
    find,
    emit: (...messages: unknown[]) => {
      for (const message of messages) emit(message);
      vi.advanceTimersByTime(250);
    },
    asked: () =>
      sent.flatMap((message) => (message.type === "compare" ? [[message.attempt, message.other]] : [])),
  };
}

const attempts = () => [
  start("a"),
  delta(2, "one", "a"),
  end(3, 3, "a"),
  start("b", { number: 2, relation: "retry", parent: "a" }),
  end(2, 0, "b", { number: 2, relation: "retry", parent: "a" }),
  start("c", { number: 3, relation: "retry", parent: "a" }),
  end(2, 0, "c", { number: 3, relation: "retry", parent: "a" }),
];

const answer = (attempt: string, other: string, over: Partial<Compared> = {}): Compared => ({
  type: "compare",
  attempt,
  seq: 3,
  other,
  note: "What was asked differently.",
  differences: [["temperature", "0.7", "1.0"]],
  lines: [
    [["=", "the same\n"]],
    [
      ["=", "A "],
      ["-", "<b>decoder</b>"],
      ["+", "transformer"],
    ],
  ],
  ...over,
});

let cleanups: (() => void)[] = [];
const paint = () => vi.advanceTimersByTime(250);
const press = (node: Element, key: string) =>
  node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const pick = (node: HTMLSelectElement, value: string) => {
  node.value = value;
  node.dispatchEvent(new Event("change"));
  paint();
};

/** The widget with the third attempt beside the first, which it came from. */
function opened() {
  const mounted = mount();
  mounted.emit(...attempts());
  mounted.find(".nbstream-compare").click();
  paint();
  return mounted;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const cleanup of cleanups) cleanup();
  cleanups = [];
  document.body.replaceChildren();
  vi.useRealTimers();
});

test("with one attempt there is nothing to compare", () => {
  const { find, emit } = mount();
  emit(start("a"));
  expect(find(".nbstream-compare").hidden).toBe(true);
  emit(...attempts().slice(1, 4));
  expect(find(".nbstream-compare").hidden).toBe(false);
});

test("the shown attempt stands beside the one it came from, the older one left", () => {
  const { find, emit, asked } = opened();
  expect(asked()).toEqual([["a", "c"]]);
  expect(find(".nbstream-note").textContent).toBe("comparing…");
  emit(answer("a", "c"));
  expect(find(".nbstream-note").textContent).toBe("");
  expect(
    [...find(".nbstream-sides").querySelectorAll("th")].map((th) => th.textContent?.slice(0, 3)),
  ).toEqual(["− 1", "+ 3"]);
  expect(find(".nbstream-scroller").hidden).toBe(true);
});

test("what differs is marked for eyes and ears, and markup is text", () => {
  const { find, el, emit } = opened();
  emit(answer("a", "c"));
  const cells = [...el.querySelectorAll(".nbstream-side")].map((cell) => cell.textContent);
  expect(cells).toEqual(["the same\n", "the same\n", "A <b>decoder</b>", "A transformer"]);
  expect(find("del").textContent).toBe("<b>decoder</b>");
  expect(find("ins").textContent).toBe("transformer");
  expect(find(".nbstream-alike").textContent).toBe("the same\nthe same\n");
});

test("what was asked differently stands on top", () => {
  const { find, emit } = opened();
  emit(answer("a", "c"));
  const table = find(".nbstream-options");
  expect([...table.querySelectorAll("th, td")].map((cell) => cell.textContent)).toEqual([
    "temperature",
    "0.7",
    "1.0",
  ]);
  expect(table.querySelector("caption")?.textContent).toBe("What was asked differently.");
});

test("a long one is drawn over several frames, all of it", () => {
  const { find, emit } = opened();
  const lines = Array.from({ length: 1500 }, (_, n): Compared["lines"][number] => [["=", `line ${n}\n`]]);
  const rows = () => find(".nbstream-sides").querySelectorAll("tr").length - 1;
  emit(answer("a", "c", { lines: lines.slice(0, 150) }));
  expect(rows()).toBe(150);
  const counts: number[] = [];
  const frame = window.requestAnimationFrame;
  window.requestAnimationFrame = (run) => (counts.push(rows()), frame(run));
  emit(answer("a", "c", { lines }));
  window.requestAnimationFrame = frame;
  for (let n = 0; n < 10; n++) paint();
  expect(rows()).toBe(1500);
  expect(Math.max(...counts.filter((count) => count < 1500))).toBeGreaterThan(150);
  expect(find(".nbstream-sides").textContent).toMatch(/line 1499\nline 1499\n$/);
});

test("another one is picked by the select or by Shift and a click on its chip", () => {
  const { find, el, emit, asked } = opened();
  const select = find<HTMLSelectElement>("select");
  expect([...select.options].map((option) => option.value)).toEqual(["a", "b"]);
  pick(select, "b");
  expect(asked().at(-1)).toEqual(["b", "c"]);
  emit(answer("b", "c"));
  const [first] = [...el.querySelectorAll(".nbstream-chip")];
  first?.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }));
  paint();
  expect(asked().at(-1)).toEqual(["a", "c"]);
  expect(find('[aria-pressed="true"].nbstream-chip').getAttribute("data-attempt")).toBe("c");
});

test("a click on a chip changes the shown one of the two", () => {
  const { el, asked } = opened();
  const [, second] = [...el.querySelectorAll<HTMLElement>(".nbstream-chip")];
  second?.click();
  paint();
  expect(asked().at(-1)).toEqual(["a", "b"]);
});

test("an answer for another pair is not shown", () => {
  const { find, emit } = opened();
  emit(answer("b", "c"));
  expect(find(".nbstream-sides")).toBeNull();
  expect(find(".nbstream-note").textContent).toBe("comparing…");
});

test("while one of them streams it is so far, and its end is asked about again", () => {
  const { find, emit, asked } = opened();
  emit(start("d", { number: 4, relation: "retry", parent: "c" }));
  expect(asked().at(-1)).toEqual(["a", "d"]);
  emit(answer("a", "d"));
  expect(find(".nbstream-note").textContent).toBe("so far");
  const before = asked().length;
  emit({ ...end(2, 0, "d"), row: done("d", { number: 4, relation: "retry", parent: "c" }) });
  expect(asked().slice(before)).toEqual([["a", "d"]]);
});

test.each([".nbstream-differences", ".nbstream-scroller"])("Esc leaves, from %s", (place) => {
  const { find } = opened();
  press(find(place), "Escape");
  paint();
  expect(find(".nbstream-comparison").hidden).toBe(true);
  expect(find(".nbstream-scroller").hidden).toBe(false);
  expect(document.activeElement).toBe(find(".nbstream-compare"));
});

test("Esc in the comparison stops nothing that streams", () => {
  const { find, emit, el } = opened();
  emit(start("d", { number: 4 }));
  press(find(".nbstream-differences"), "Escape");
  paint();
  expect(find(".nbstream-comparison").hidden).toBe(true);
  expect(el.querySelector(".nbstream-stop")?.textContent).toBe("Stop");
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { count, dollars, seconds } from "../src/format.ts";
import type { Request, Traits } from "../src/messages.ts";
import nbstream from "../src/widget.ts";
import { delta, done, end, meter, row, snapshot, start } from "./make.ts";

/** A model as anywidget hands it out, and the kernel's end of it. */
function fakeModel(over: Partial<Traits> = {}) {
  const traits: Traits = {
    generation_id: "g",
    rows: [],
    header: { model: "demo", hint: null },
    saved_text: "",
    ...over,
  };
  const listeners = new Map<string, Set<(message?: unknown) => void>>();
  const sent: Request[] = [];
  return {
    sent,
    listeners,
    get: (key: keyof Traits) => traits[key],
    send: (content: Request) => void sent.push(content),
    on: (name: string, run: () => void) =>
      void listeners.set(name, (listeners.get(name) ?? new Set()).add(run)),
    off: (name: string, run: () => void) => void listeners.get(name)?.delete(run),
    emit(message: unknown) {
      for (const run of listeners.get("msg:custom") ?? []) run(message);
    },
    change(key: keyof Traits, value: unknown) {
      Object.assign(traits, { [key]: value });
      for (const run of listeners.get(`change:${key}`) ?? []) run();
    },
  };
}

type Model = ReturnType<typeof fakeModel>;
let cleanups: (() => void)[] = [];

function mount(model: Model, widget = nbstream()) {
  const el = document.createElement("div");
  document.body.append(el);
  const proxy = model as never;
  cleanups.push(widget.initialize({ model: proxy }));
  cleanups.unshift(widget.render({ model: { ...model } as never, el }));
  const find = <E extends HTMLElement = HTMLElement>(name: string) =>
    el.querySelector<E>(`.nbstream-${name}`) as E;
  return { el, widget, find, root: el.querySelector(".nbstream") as HTMLElement };
}

const paint = () => vi.advanceTimersByTime(250);
const down = (node: Element) =>
  node.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, button: 0 }));
const click = (node: Element, detail = 1) =>
  node.dispatchEvent(new MouseEvent("click", { bubbles: true, detail }));
const press = (node: Element, key: string) =>
  node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const of = (model: Model, type: Request["type"]) => model.sent.filter((message) => message.type === type);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const cleanup of cleanups) cleanup();
  cleanups = [];
  document.body.replaceChildren();
  vi.useRealTimers();
});

test("text streams in as Markdown", () => {
  const model = fakeModel();
  const { find } = mount(model);
  for (const message of [start(), delta(2, "a **b"), delta(3, "old** c\n")]) model.emit(message);
  paint();
  expect(find("text").textContent).toBe("a bold c");
  expect(find("text").querySelector("strong")?.textContent).toBe("bold");
});

test("Stop says stopping at once, before anything is heard", () => {
  const model = fakeModel();
  const { find, root } = mount(model);
  model.emit(start());
  paint();
  const stop = find<HTMLButtonElement>("stop");
  expect(stop.disabled).toBe(false);
  down(stop);
  expect(stop.textContent).toBe("stopping…");
  expect(find("state").textContent).toBe("stopping…");
  expect(of(model, "stop")).toHaveLength(1);
  model.emit(end(2, 0, "a", { ended_by: "person", reason: null }));
  paint();
  expect(stop.textContent).toBe("Stop");
  expect(stop.disabled).toBe(true);
  expect(find("state").textContent).toBe("stopped by you");
  expect(root.dataset.state).toBe("stopped");
});

test("a second click on Stop sends nothing more, and never a retry", () => {
  const model = fakeModel();
  const { find } = mount(model);
  model.emit(start());
  paint();
  for (let i = 0; i < 3; i += 1) {
    down(find("stop"));
    click(find("stop"), i + 1);
  }
  model.emit(end(2, 0));
  paint();
  down(find("stop"));
  click(find("stop"));
  expect(of(model, "stop")).toHaveLength(1);
  expect(of(model, "retry")).toHaveLength(0);
});

test("the click that belongs to a press does not hit the attempt that came between", () => {
  const model = fakeModel();
  const { find } = mount(model);
  model.emit(start());
  paint();
  down(find("stop"));
  for (const message of [end(2, 0), start("b", { number: 2 })]) model.emit(message);
  paint();
  click(find("stop"));
  expect(of(model, "stop").map((m) => "attempt" in m && m.attempt)).toEqual(["a"]);
});

test("Stop works from the keyboard", () => {
  const model = fakeModel();
  const { find } = mount(model);
  model.emit(start());
  paint();
  click(find("stop"), 0);
  expect(of(model, "stop")).toHaveLength(1);
});

test("Esc inside the widget stops the live attempt, and only a live one", () => {
  const model = fakeModel();
  const { find } = mount(model);
  model.emit(start());
  paint();
  press(find("scroller"), "Escape");
  expect(of(model, "stop")).toHaveLength(1);
  model.emit(end(2, 0));
  paint();
  press(find("scroller"), "Escape");
  expect(of(model, "stop")).toHaveLength(1);
});

test("Stop and Retry stand at opposite ends, and Stop keeps its place", () => {
  const model = fakeModel();
  const { find } = mount(model);
  const place = () => [...find("header").children].indexOf(find("stop"));
  expect(find("header").contains(find("retry"))).toBe(false);
  expect(find("footer").firstElementChild).toBe(find("retry"));
  const before = place();
  for (const message of [start(), end(2, 0)]) {
    model.emit(message);
    paint();
    expect(place()).toBe(before);
    expect(find("header").lastElementChild).toBe(find("stop"));
    expect(find("stop").hidden).toBe(false);
  }
});

test("Retry waits for its own answer", () => {
  const model = fakeModel();
  const { find } = mount(model);
  for (const message of [start(), end(2, 0)]) model.emit(message);
  paint();
  const retry = find<HTMLButtonElement>("retry");
  click(retry);
  click(retry);
  expect(retry.disabled).toBe(true);
  expect(of(model, "retry")).toHaveLength(1);
  model.emit(start("b", { number: 2, relation: "retry", parent: "a" }));
  paint();
  expect(retry.disabled).toBe(false);
});

test("what is not known is a dash, never a zero; an estimate has its tilde", () => {
  const model = fakeModel();
  const { find, el } = mount(model);
  model.emit(start());
  paint();
  const value = (key: string) => el.querySelector(`[data-key=${key}] .nbstream-value`)?.textContent;
  for (const key of ["input", "received", "generated", "overrun", "rate", "first"])
    expect(value(key)).toBe("—");
  const known = meter({
    received_tokens: 1234,
    received_source: "estimate",
    input_tokens: 0,
    input_source: "final",
  });
  model.emit({ type: "meter", attempt: "a", seq: 2, meter: known });
  paint();
  expect(value("received")).toBe("~1,234");
  expect(value("input")).toBe("0");
  expect(find("meter").querySelector<HTMLElement>("[data-key=received]")?.title).toContain("estimate");
  expect(find("meter").querySelector<HTMLElement>("[data-key=generated]")?.title).toContain("not known");
});

test("elapsed time runs between meters", () => {
  const model = fakeModel();
  const { el } = mount(model);
  model.emit(start("a", { status: "waiting", meter: meter({ status: "waiting", elapsed_s: 2 }) }));
  paint();
  vi.advanceTimersByTime(1000);
  paint();
  const shown = Number.parseFloat(el.querySelector("[data-key=elapsed] .nbstream-value")?.textContent ?? "");
  expect(shown).toBeGreaterThanOrEqual(3);
});

test("one chip for each attempt, the shown one pressed", () => {
  const model = fakeModel();
  const { el } = mount(model);
  for (const message of [
    start(),
    delta(2, "one"),
    end(3, 3),
    start("b", { number: 2 }),
    delta(2, "two", "b"),
  ])
    model.emit(message);
  paint();
  const chips = () => [...el.querySelectorAll<HTMLElement>(".nbstream-chip")];
  const pressed = () => chips().map((chip) => chip.getAttribute("aria-pressed"));
  expect(pressed()).toEqual(["false", "true"]);
  click(chips()[0] as Element);
  paint();
  expect(pressed()).toEqual(["true", "false"]);
  expect(el.querySelector(".nbstream-text")?.textContent).toBe("one");
  expect(of(model, "select")).toHaveLength(0);
  press(chips()[0] as Element, "ArrowRight");
  paint();
  expect(pressed()).toEqual(["false", "true"]);
  expect(document.activeElement).toBe(chips()[1]);
  expect(el.querySelector(".nbstream-text")?.textContent).toBe("two");
});

test("a chip whose text is not here asks for it", () => {
  const model = fakeModel({ rows: [done("a"), done("b", { number: 2 })], saved_text: "second" });
  const { el } = mount(model);
  paint();
  expect(el.querySelector(".nbstream-text")?.textContent).toBe("second");
  click(el.querySelector(".nbstream-chip") as Element);
  expect(of(model, "select")).toMatchObject([{ attempt: "a", generation: "g" }]);
  model.emit(snapshot(9, 0, "first", "a", done("a")));
  paint();
  expect(el.querySelector(".nbstream-text")?.textContent).toBe("first");
});

test("an error is a sentence in its own box", () => {
  const model = fakeModel();
  const { find } = mount(model);
  model.emit(start());
  paint();
  expect(find("error").hidden).toBe(true);
  model.emit({ type: "error", attempt: "a", seq: 2, message: "The key was refused.", retryable: false });
  model.emit(end(3, 0, "a", { ended_by: "error", reason: "refused" }));
  paint();
  expect(find("error").textContent).toBe("The key was refused.");
  expect(find("state").textContent).toContain("error");
});

test("a guard says why", () => {
  const model = fakeModel();
  const { find } = mount(model);
  for (const message of [
    start(),
    end(2, 0, "a", { ended_by: "guard", reason: "the same line came 4 times" }),
  ])
    model.emit(message);
  paint();
  expect(find("state").textContent).toBe("stopped by a guard: the same line came 4 times");
});

test("a kernel that does not answer is said, and the text is kept", () => {
  const model = fakeModel();
  const { find } = mount(model);
  for (const message of [start(), delta(2, "kept")]) model.emit(message);
  paint();
  vi.advanceTimersByTime(1);
  down(find("stop"));
  vi.advanceTimersByTime(6000);
  expect(find("state").textContent).toBe("no answer from the kernel; the text below is kept");
  expect(find("stop").textContent).toBe("Stop");
  click(find("toggle"));
  paint();
  expect(find("text").textContent).toBe("kept");
});

test("a saved notebook without a kernel shows text and strip, read-only", () => {
  const rows = [done("a"), done("b", { number: 2, ended_by: "person", finish_reason: null })];
  const model = fakeModel({ rows, saved_text: "# saved" });
  const { find, el } = mount(model);
  paint();
  vi.advanceTimersByTime(6000);
  expect(find("text").textContent).toBe("saved");
  expect(el.querySelectorAll(".nbstream-chip")).toHaveLength(2);
  expect(find<HTMLButtonElement>("stop").disabled).toBe(true);
  expect(find<HTMLButtonElement>("retry").disabled).toBe(true);
  expect(find("state").textContent).toBe("stopped by you");
});

test("the source button shows the exact text, and back", () => {
  const model = fakeModel();
  const { find } = mount(model);
  for (const message of [start(), delta(2, "a **b**\n")]) model.emit(message);
  click(find("toggle"));
  paint();
  expect(find("text").textContent).toBe("a **b**\n");
  expect(find("toggle").getAttribute("aria-pressed")).toBe("true");
  click(find("toggle"));
  paint();
  expect(find("text").querySelector("strong")).not.toBeNull();
});

test("reasoning stands folded above the text", () => {
  const model = fakeModel();
  const { el } = mount(model);
  const find = <E extends HTMLElement>(name: string) => el.querySelector(name) as E;
  model.emit(start());
  paint();
  const details = find<HTMLDetailsElement>('[data-channel="reasoning"]');
  expect(details.hidden).toBe(true);
  model.emit({ type: "delta", attempt: "a", seq: 2, channel: "reasoning", text: "hm <b>" });
  paint();
  expect([details.hidden, details.open]).toEqual([false, false]);
  expect(find(".nbstream-state").textContent).toBe("reasoning");
  details.open = true;
  details.dispatchEvent(new Event("toggle"));
  paint();
  expect(find(".nbstream-reasoning").textContent).toBe("hm <b>");
});

test("reasoning is counted apart", () => {
  const model = fakeModel();
  const { el } = mount(model);
  model.emit(start());
  model.emit({ type: "delta", attempt: "a", seq: 2, channel: "reasoning", text: "hm" });
  const counted = { received_reasoning_tokens: 1200, received_reasoning_source: "estimate" } as const;
  model.emit({ type: "meter", attempt: "a", seq: 3, meter: meter(counted) });
  paint();
  expect(el.querySelector('[data-channel="reasoning"] summary')?.textContent).toBe(
    "reasoning · ~1,200 tokens",
  );
});

test("tool calls stand open below the text, as they came", () => {
  const model = fakeModel();
  const { el } = mount(model);
  model.emit(start());
  paint();
  const details = el.querySelector('[data-channel="tool"]') as HTMLDetailsElement;
  expect(details.hidden).toBe(true);
  model.emit({ type: "delta", attempt: "a", seq: 2, channel: "tool", text: 'get_weather {"city":' });
  model.emit({ type: "delta", attempt: "a", seq: 3, channel: "tool", text: '"<b>Paris"}' });
  paint();
  expect([details.hidden, details.open]).toEqual([false, true]);
  expect(details.querySelector(".nbstream-tool")?.textContent).toBe('get_weather {"city":"<b>Paris"}');
  expect(el.querySelector(".nbstream-state")?.textContent).toBe("calling a tool");
});

test("a refusal is told with its reason", () => {
  const model = fakeModel();
  const { find } = mount(model);
  model.emit(start());
  const reason = "The model refused to answer: it is unsafe.";
  model.emit(end(2, 0, "a", { finish_reason: "content_filter", reason }));
  paint();
  expect(find("state").textContent).toBe("finished: the model refused to answer: it is unsafe");
});

test("the live region holds the state and not the running numbers", () => {
  const model = fakeModel();
  const { find, el } = mount(model);
  model.emit(start("a", { status: "waiting", meter: meter({ status: "waiting" }) }));
  paint();
  expect(el.querySelectorAll("[aria-live]")).toHaveLength(1);
  expect(find("state").textContent).toBe("waiting for the first token");
  expect(find("waited").getAttribute("aria-hidden")).toBe("true");
  expect(find("waited").textContent).toMatch(/^· \d+\.\d s$/);
});

test("two views of one model share a session, and ask once", () => {
  const model = fakeModel();
  const first = mount(model);
  const el = document.createElement("div");
  cleanups.unshift(first.widget.render({ model: { ...model } as never, el }));
  for (const message of [start(), delta(2, "both")]) model.emit(message);
  paint();
  expect(el.querySelector(".nbstream-text")?.textContent).toBe("both");
  expect(of(model, "sync")).toHaveLength(1);
});

test("the cleanups leave no listener, no timer and no element", () => {
  const model = fakeModel();
  const { el } = mount(model);
  model.emit(start());
  for (const cleanup of cleanups) cleanup();
  cleanups = [];
  expect([...model.listeners.values()].every((set) => set.size === 0)).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
  expect(el.children).toHaveLength(0);
});

test("the view says whose it is, so that the static copy of its text can hide", () => {
  expect(mount(fakeModel()).root.dataset.generation).toBe("g");
});

test("the header names the model of the shown attempt", () => {
  const model = fakeModel({ header: { model: "one · small", hint: null } });
  const { find, root } = mount(model);
  model.emit(start("a", { provider: "one", model: "small" }));
  model.emit(start("b", { number: 2, provider: "two", model: "large" }));
  paint();
  expect(find("model").textContent).toBe("two · large");
  expect(root.getAttribute("aria-label")).toBe("Generation with two · large");
  click(find("chip"));
  paint();
  expect(find("model").textContent).toBe("one · small");
});

test("the arrow keys scroll the text, and JupyterLab does not act on them", () => {
  const { find } = mount(fakeModel());
  expect(find("scroller").closest("[data-lm-suppress-shortcuts=true]")).not.toBeNull();
});

test("a row of the trait that is no row is left out", () => {
  const model = fakeModel({ rows: [row(), null, { attempt: "x" }] as never });
  const { el } = mount(model);
  paint();
  expect(el.querySelectorAll(".nbstream-chip")).toHaveLength(1);
});

test.each([
  [count(null), "—"],
  [count(0), "0"],
  [count(12345, "final"), "12,345"],
  [count(7, "estimate"), "~7"],
  [seconds(null), "—"],
  [seconds(0.4212, 2), "0.42 s"],
  [seconds(125), "2:05 min"],
  [dollars(0), "$0.00"],
  [dollars(1.5), "$1.50"],
  [dollars(0.0123), "$0.012"],
  [dollars(0.000012), "$0.000012"],
])("%s reads %s", (shown, wanted) => {
  expect(shown).toBe(wanted);
});

/**
 * VS Code, Colab and marimo as their documents promise them: anywidget's contract and no more. There is no
 * `widget_manager`, or one without a kernel, and no control channel: one comm carries every word, `model.send`.
 */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isRequest, type Request, type Row, type Traits } from "../src/messages.ts";
import nbstream from "../src/widget.ts";
import { delta, done, end, row, snapshot, start } from "./make.ts";

/** The kernel's end: holds the attempts, and answers what a page asks over the one comm. */
class Kernel {
  rows: Row[] = [];
  texts = new Map<string, string>();
  pages = new Set<Page>();
  heard: Request[] = [];

  hear(message: unknown): void {
    if (!isRequest(message)) throw new Error("what the kernel got is no request");
    this.heard.push(message);
    if (message.type === "sync") for (const r of this.rows) this.tell(this.snapshot(r));
    if (message.type === "select") this.tell(this.snapshot(this.row(message.attempt)));
    if (message.type === "stop") this.end(message.attempt);
    if (message.type === "retry") this.begin("b", { number: 2, relation: "retry", parent: message.attempt });
  }

  row = (attempt: string) => this.rows.find((r) => r.attempt === attempt) as Row;
  snapshot = (r: Row) =>
    snapshot(1 + (this.texts.get(r.attempt) ? 1 : 0), 0, this.texts.get(r.attempt) ?? "", r.attempt, r);

  begin(attempt: string, over: Partial<Row> = {}): void {
    this.rows = [...this.rows, row(attempt, over)];
    this.tell(start(attempt, over));
  }

  stream(attempt: string, text: string): void {
    this.texts.set(attempt, text);
    this.tell(delta(2, text, attempt));
  }

  end(attempt: string): void {
    const length = this.texts.get(attempt)?.length ?? 0;
    const ended = done(attempt, {
      number: this.row(attempt).number,
      ended_by: "person",
      reason: "Stopped by you.",
    });
    this.rows = this.rows.map((r) => (r.attempt === attempt ? ended : r));
    this.tell({ ...end(3, length, attempt), row: ended } as never);
  }

  tell(message: unknown): void {
    for (const page of this.pages) page.emit(message);
  }
}

/** A page's model, made with the state the kernel has at that moment. */
class Page {
  readonly listeners = new Map<string, Set<(message?: unknown) => void>>();
  readonly traits: Traits;
  readonly kernel: Kernel;

  constructor(kernel: Kernel, manager: PropertyDescriptor) {
    this.kernel = kernel;
    this.traits = {
      generation_id: "g",
      rows: kernel.rows,
      header: { model: "demo", hint: null },
      saved_text: "",
    };
    Object.defineProperty(this, "widget_manager", manager);
    kernel.pages.add(this);
  }

  get = (key: keyof Traits) => this.traits[key];
  send = (content: unknown) => this.kernel.hear(structuredClone(content));
  on = (name: string, run: () => void) =>
    void this.listeners.set(name, (this.listeners.get(name) ?? new Set()).add(run));
  off = (name: string, run: () => void) => void this.listeners.get(name)?.delete(run);
  emit(message: unknown): void {
    for (const run of this.listeners.get("msg:custom") ?? []) run(structuredClone(message));
  }
}

let closers: (() => void)[] = [];

function open(
  kernel: Kernel,
  manager: PropertyDescriptor,
  once: () => ReturnType<typeof nbstream> = nbstream,
) {
  const page = new Page(kernel, manager);
  const widget = once();
  const el = document.createElement("div");
  document.body.append(el);
  const finish = widget.initialize({ model: page as never });
  const unmount = widget.render({ model: page as never, el });
  const close = () => {
    unmount();
    finish();
    kernel.pages.delete(page);
    el.remove();
  };
  closers.push(close);
  const find = (name: string) => el.querySelector(`.nbstream-${name}`) as HTMLButtonElement;
  return { find, close };
}

const paint = () => vi.advanceTimersByTime(250);
const press = (node: Element) =>
  node.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, button: 0 }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const close of closers) close();
  closers = [];
  document.body.replaceChildren();
  vi.useRealTimers();
});

const HOSTS: [string, PropertyDescriptor][] = [
  ["VS Code and Colab, whose manager has no kernel", { value: {} }],
  ["marimo, which has no manager", { value: undefined }],
  [
    "a host that refuses to hand it out",
    {
      get() {
        throw new Error("not part of the contract");
      },
    },
  ],
];

test.each(HOSTS)("Stop works in %s", (_, manager) => {
  const kernel = new Kernel();
  const { find } = open(kernel, manager);
  kernel.begin("a");
  kernel.stream("a", "some text");
  paint();
  press(find("stop"));
  paint();
  expect(kernel.heard.filter((m) => m.type === "stop")).toMatchObject([{ attempt: "a", generation: "g" }]);
  expect(find("state").textContent).toBe("stopped by you");
  expect(find("text").textContent).toBe("some text");
});

test.each(HOSTS)("Retry works in %s", (_, manager) => {
  const kernel = new Kernel();
  const { find } = open(kernel, manager);
  kernel.begin("a");
  kernel.stream("a", "some text");
  kernel.end("a");
  paint();
  find("retry").click();
  kernel.stream("b", "another");
  paint();
  expect(kernel.heard.filter((m) => m.type === "retry")).toHaveLength(1);
  expect(find("text").textContent).toBe("another");
  expect(find("stop").disabled).toBe(false);
});

test.each(HOSTS)(
  "a reload in mid-stream shows all of the text, and Stop works there, in %s",
  (_, manager) => {
    const kernel = new Kernel();
    const before = open(kernel, manager);
    kernel.begin("a");
    kernel.stream("a", "what was streamed before");
    before.close();
    kernel.texts.set("a", "what was streamed before, and while nobody looked");
    const after = open(kernel, manager);
    paint();
    expect(after.find("text").textContent).toBe("what was streamed before, and while nobody looked");
    press(after.find("stop"));
    paint();
    expect(after.find("state").textContent).toBe("stopped by you");
  },
);

test("two views of a host that loads the module once show the same", () => {
  const kernel = new Kernel();
  const module = nbstream();
  const [one, two] = [0, 1].map(() => open(kernel, { value: undefined }, () => module));
  kernel.begin("a");
  kernel.stream("a", "shared");
  paint();
  press((two as ReturnType<typeof open>).find("stop"));
  paint();
  for (const view of [one, two]) expect(view?.find("state").textContent).toBe("stopped by you");
});

test("a Retry that a restarted kernel never answers says so, and what to do", () => {
  const kernel = new Kernel();
  const { find } = open(kernel, { value: undefined });
  kernel.begin("a");
  kernel.stream("a", "kept");
  kernel.end("a");
  vi.advanceTimersByTime(20_000); // at rest
  kernel.hear = () => {};
  find("retry").click();
  vi.advanceTimersByTime(6_000);
  expect(find("state").textContent).toBe(
    "no answer from the kernel: run the cell again; the text below is kept",
  );
  expect(find("text").textContent).toBe("kept");
  vi.advanceTimersByTime(6_000);
  expect(find("retry").disabled).toBe(false);
});

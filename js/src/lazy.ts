/** A module that a page loads when it first needs it: the kernel sends it, and all widgets of the page share it. */

import type { ModuleName } from "./messages.ts";

interface Page {
  module?: unknown;
  asked: number;
  waiting: ((module: never) => void)[];
}

/** Another widget asks again when the one that asked has a kernel that says nothing. */
const PATIENCE_MS = 5000;
/** Without a kernel what waits is given up. */
const WAITING_CAP = 2000;

/** A module of a text, the way anywidget loads the widget itself. */
export async function load(script: string): Promise<unknown> {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Each widget loads this file afresh; the page keeps one copy of a module. The number is that of their shapes. */
export const placeOf = (name: ModuleName) => Symbol.for(`nbstream.${name}.1`);

export class Lazy<Module> {
  readonly #ask: () => void;
  readonly #load: typeof load;
  readonly #page: Page;

  constructor(name: ModuleName, ask: () => void, loader: typeof load = load, world: object = globalThis) {
    this.#ask = ask;
    this.#load = loader;
    const pages = world as Record<symbol, Page | undefined>;
    const place = placeOf(name);
    pages[place] ??= { asked: Number.NEGATIVE_INFINITY, waiting: [] };
    this.#page = pages[place] as Page;
  }

  /** At once if the module is here, else when it has come. */
  with(job: (module: Module) => void): void {
    const page = this.#page;
    if (page.module) return job(page.module as Module);
    if (page.waiting.length < WAITING_CAP) page.waiting.push(job);
    if (performance.now() - page.asked < PATIENCE_MS) return;
    page.asked = performance.now();
    this.#ask();
  }

  /** The kernel's answer. */
  async receive(script: string): Promise<void> {
    const page = this.#page;
    if (page.module) return;
    try {
      page.module = await this.#load(script);
    } catch {
      return; // a page that loads no such module does without
    }
    for (const job of page.waiting.splice(0)) job(page.module as never);
  }
}

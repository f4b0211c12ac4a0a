/** Hands finished code blocks and formulas to what draws them, which the kernel sends when a page first needs it. */

/** What the page has for formulas: JupyterLab's typesetter turns the TeX within an element into its drawing. */
export interface Typesetter {
  typeset(node: HTMLElement): unknown;
}

/** What static/extras.js exports. */
export interface Extras {
  code(node: HTMLElement, language: string): void;
  /** `next`: the text behind it, which tells a formula from money. */
  formula(node: HTMLElement, next: string, typesetter: Typesetter): void;
}

interface Page {
  extras?: Extras;
  asked: number;
  waiting: ((extras: Extras) => void)[];
}

/** Each widget loads this module afresh; the page keeps one copy of the extras. The number is that of their shape. */
const PAGE = Symbol.for("nbstream.extras.1");
/** Another widget asks again when the one that asked has a kernel that says nothing. */
const PATIENCE_MS = 5000;
/** Without a kernel the blocks stay plain, and nobody keeps them. */
const WAITING_CAP = 2000;

/** A module of a text, the way anywidget loads the widget itself. */
export async function load(script: string): Promise<Extras> {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

export class Finisher {
  readonly #ask: () => void;
  readonly #typesetter: () => Typesetter | undefined;
  readonly #load: typeof load;
  readonly #page: Page;

  constructor(
    ask: () => void,
    typesetter: () => Typesetter | undefined,
    loader: typeof load = load,
    world: object = globalThis,
  ) {
    this.#ask = ask;
    this.#typesetter = typesetter;
    this.#load = loader;
    const pages = world as { [PAGE]?: Page };
    pages[PAGE] ??= { asked: Number.NEGATIVE_INFINITY, waiting: [] };
    this.#page = pages[PAGE];
  }

  /** A code block has closed. */
  code(node: HTMLElement, language: string): void {
    if (language) this.#do((extras) => extras.code(node, language));
  }

  /** A formula has closed. Without a typesetter its source is what is shown. */
  formula(node: HTMLElement, next: string): void {
    const typesetter = this.#typesetter();
    if (typesetter) this.#do((extras) => extras.formula(node, next, typesetter));
  }

  /** The kernel's answer. */
  async receive(script: string): Promise<void> {
    const page = this.#page;
    if (page.extras) return;
    try {
      page.extras = await this.#load(script);
    } catch {
      return; // a page that loads no such module shows plain text
    }
    for (const job of page.waiting.splice(0)) job(page.extras);
  }

  #do(job: (extras: Extras) => void): void {
    const page = this.#page;
    if (page.extras) return job(page.extras);
    if (page.waiting.length < WAITING_CAP) page.waiting.push(job);
    if (performance.now() - page.asked < PATIENCE_MS) return;
    page.asked = performance.now();
    this.#ask();
  }
}

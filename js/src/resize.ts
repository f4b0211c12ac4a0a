/** The lower edge of the text, which is dragged, or moved by the arrow keys; its place is kept while the page lives. */

import { attribute, make } from "./dom.ts";

const LEAST = 100;
const STEP = 40;
/** By generation: a view that is scrolled out of a long notebook and back is a new one. */
const heights = new Map<string, number>();

export class Resize {
  readonly root = make("div", "resize", {
    role: "separator",
    tabindex: "0",
    "aria-orientation": "horizontal",
    "aria-label": "Height of the text",
    "aria-valuemin": String(LEAST),
    "aria-valuemax": "10000",
    "aria-valuenow": String(LEAST),
    title: "Drag, or ↑ ↓: height of the text. Double click, or Enter: as high as the text",
    // or JupyterLab moves between cells on the arrow keys
    "data-lm-suppress-shortcuts": "true",
  });
  readonly #view: HTMLElement;
  readonly #body: HTMLElement;
  #from: { y: number; height: number } | null = null;
  #set: number | undefined;
  /** Of a fit that is not over yet: who moves the edge meanwhile has the last word. */
  #fitting = 0;

  constructor(view: HTMLElement, body: HTMLElement, signal: AbortSignal) {
    this.#view = view;
    this.#body = body;
    const on = <K extends keyof HTMLElementEventMap>(type: K, run: (event: HTMLElementEventMap[K]) => void) =>
      this.root.addEventListener(type, run, { signal });
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      cancelAnimationFrame(this.#fitting);
      this.root.setPointerCapture(event.pointerId);
      this.#from = { y: event.clientY, height: body.offsetHeight };
    });
    on("pointermove", (event) => this.#from && this.#to(this.#from.height + event.clientY - this.#from.y));
    on("lostpointercapture", () => {
      this.#from = null;
    });
    on("dblclick", () => this.#fit());
    on("keydown", (event) => this.#onKey(event));
    // told after the layout, so that nothing is measured for it
    const seen = new ResizeObserver(() => attribute(this.root, "aria-valuenow", String(body.offsetHeight)));
    seen.observe(body);
    signal.addEventListener("abort", () => seen.disconnect());
  }

  paint(): void {
    const kept = heights.get(this.#key);
    if (kept === this.#set) return;
    this.#set = kept;
    if (kept === undefined) this.#view.style.removeProperty("--nbs-height");
    else this.#view.style.setProperty("--nbs-height", `${kept}px`);
    this.#view.toggleAttribute("data-sized", kept !== undefined);
  }

  get #key(): string {
    return this.#view.dataset.generation ?? "";
  }

  #to(height: number): void {
    heights.set(this.#key, Math.round(Math.max(LEAST, height)));
    this.paint();
  }

  /** As high as what stands in it, of which a part is laid out only when it comes into sight; no higher than the page. */
  #fit(again = 3): void {
    const inside = [...this.#body.children].filter((node) => (node as HTMLElement).offsetHeight > 0);
    const over = inside.reduce((sum, node) => sum + node.scrollHeight - node.clientHeight, 0);
    const text = this.#body.querySelector<HTMLElement>(".nbstream-text");
    const free = over === 0 && text ? text.getBoundingClientRect().bottom : null;
    const least =
      free === null ? this.#body.offsetHeight + over : free - this.#body.getBoundingClientRect().top + 12;
    this.#to(Math.min(least, globalThis.innerHeight * 0.8));
    if (again > 0) this.#fitting = requestAnimationFrame(() => this.#fit(again - 1));
  }

  #onKey(event: KeyboardEvent): void {
    cancelAnimationFrame(this.#fitting);
    if (event.key === "ArrowUp") this.#to(this.#body.offsetHeight - STEP);
    else if (event.key === "ArrowDown") this.#to(this.#body.offsetHeight + STEP);
    else if (event.key === "Enter") this.#fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

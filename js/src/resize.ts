/** The lower edge of the text, which is dragged, or moved by the arrow keys; its place is kept while the page lives. */

import { attribute, make } from "./dom.ts";

const LEAST = 100;
const STEP = 40;
/** As high as the text: text.css has it. */
const FIT = "fit";
/** By generation: a view that is scrolled out of a long notebook and back is a new one. */
const heights = new Map<string, number | typeof FIT>();

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
  #set: number | typeof FIT | undefined;

  constructor(view: HTMLElement, body: HTMLElement, signal: AbortSignal) {
    this.#view = view;
    this.#body = body;
    const on = <K extends keyof HTMLElementEventMap>(type: K, run: (event: HTMLElementEventMap[K]) => void) =>
      this.root.addEventListener(type, run, { signal });
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      this.root.setPointerCapture(event.pointerId);
      this.#from = { y: event.clientY, height: body.offsetHeight };
    });
    on("pointermove", (event) => this.#from && this.#to(this.#from.height + event.clientY - this.#from.y));
    on("lostpointercapture", () => {
      this.#from = null;
    });
    on("dblclick", () => this.#keep(FIT));
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
    if (typeof kept === "number") this.#view.style.setProperty("--nbs-height", `${kept}px`);
    else this.#view.style.removeProperty("--nbs-height");
    if (kept === undefined) this.#view.removeAttribute("data-sized");
    else attribute(this.#view, "data-sized", kept === FIT ? FIT : "px");
  }

  get #key(): string {
    return this.#view.dataset.generation ?? "";
  }

  #to(height: number): void {
    this.#keep(Math.round(Math.max(LEAST, height)));
  }

  #keep(height: number | typeof FIT): void {
    heights.set(this.#key, height);
    this.paint();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === "ArrowUp") this.#to(this.#body.offsetHeight - STEP);
    else if (event.key === "ArrowDown") this.#to(this.#body.offsetHeight + STEP);
    else if (event.key === "Enter") this.#keep(FIT);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Where new text begins after what an earlier attempt has written: a mark, and the kept part a shade paler. */

import { make } from "./dom.ts";

const NAME = "nbstream-kept";

export class Seam {
  readonly #root: HTMLElement;
  readonly #mark = make("span", "seam", { title: "New text from here" });
  /** A highlight of the browser's own: no node of the text changes for it. */
  #range: Range | null = null;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** All of the kept text is drawn: the mark goes where the next text will, into the last cell or item or paragraph. */
  place(): void {
    let last: Element = this.#root;
    while (last.lastChild instanceof Element) last = last.lastChild;
    if (last.matches("br, hr, input")) last.after(this.#mark);
    else last.append(this.#mark);
    if (typeof Highlight === "undefined") return;
    this.#range = document.createRange();
    CSS.highlights.set(NAME, (CSS.highlights.get(NAME) ?? new Highlight()).add(this.#range));
  }

  /** After each paint: the nodes around the mark may have moved. */
  paint(): void {
    this.#range?.setStart(this.#root, 0);
    if (this.#mark.parentNode) this.#range?.setEndBefore(this.#mark);
  }

  forget(): void {
    if (this.#range) CSS.highlights.get(NAME)?.delete(this.#range);
  }
}

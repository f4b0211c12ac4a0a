/** Edits a partial answer before it is gone on from: a plain text area over the exact source. */

import { button, make, set } from "./dom.ts";
import { count } from "./format.ts";

/** What the kernel takes at most (LONGEST_TEXT in nbstream/messages.py). */
const LONGEST = 8_000_000;

export class Editor {
  readonly root: HTMLElement;
  readonly #area = make("textarea", "area", { "aria-label": "The text to go on from", spellcheck: "false" });
  readonly #here = button("here", "Continue from here", "From the text before the cursor (Alt+Enter)");
  readonly #all = button("all", "Continue from all", "From the whole text (Ctrl+Enter)");
  readonly #leave = button("leave", "Cancel", "Change nothing (Esc)");
  readonly #kept = make("span", "kept");
  readonly #done: (text: string | null | undefined) => void;
  #source = "";
  #refusal: string | null = null;

  /** `done` is told the text to go on from: `null` where it is all of it, unchanged; nothing, to leave. */
  constructor(done: (text: string | null | undefined) => void, signal: AbortSignal) {
    this.#done = done;
    const bar = make("div", "editbar", {}, this.#here, this.#all, this.#leave, this.#kept);
    this.root = make(
      "div",
      "editor",
      // or JupyterLab runs the cell on Ctrl+Enter
      { role: "group", "aria-label": "Edit the text", "data-lm-suppress-shortcuts": "true" },
      this.#area,
      bar,
    );
    this.root.hidden = true;
    const on = (node: HTMLElement, type: string, run: (event: Event) => void) =>
      node.addEventListener(type, run, { signal });
    on(this.#here, "click", () => this.#finish(true));
    on(this.#all, "click", () => this.#finish(false));
    on(this.#leave, "click", () => this.#done(undefined));
    for (const type of ["input", "keyup", "pointerup", "select"]) on(this.#area, type, () => this.#paint());
    on(this.root, "keydown", (event) => this.#onKey(event as KeyboardEvent));
  }

  /** `refusal`: why the text cannot be gone on from as it is. `draft`: what was made of it before. */
  open(source: string, refusal: string | null, draft = source): void {
    this.#source = source;
    this.#refusal = refusal;
    this.#area.value = draft;
    this.root.hidden = false;
    this.#area.focus({ preventScroll: true });
    this.#area.setSelectionRange(this.#area.value.length, this.#area.value.length);
    this.#area.scrollTop = this.#area.scrollHeight;
    this.#paint();
  }

  /** What stands there, and has not been gone on from. */
  get draft(): string {
    return this.#area.value;
  }

  close(): void {
    this.root.hidden = true;
    this.#area.value = this.#source = "";
  }

  /** The text that stays, exactly: a text area turns every line end into one character. */
  #text(here: boolean): string {
    const { value, selectionStart } = this.#area;
    const end = here ? selectionStart : value.length;
    if (this.#source.replace(/\r\n?/g, "\n") !== value) return value.slice(0, end);
    let at = 0;
    for (let n = 0; n < end; n += 1) at += this.#source.startsWith("\r\n", at) ? 2 : 1;
    return this.#source.slice(0, at);
  }

  #paint(): void {
    const { value, selectionStart } = this.#area;
    set(this.#kept, `${count(selectionStart)} of ${count(value.length)} characters to here`);
    this.#here.disabled = !this.#may(this.#text(true));
    this.#all.disabled = !this.#may(this.#text(false));
  }

  #may(text: string): boolean {
    return !!text.trim() && text.length <= LONGEST && !(this.#refusal && text === this.#source);
  }

  #finish(here: boolean): void {
    const text = this.#text(here);
    if (this.#may(text)) this.#done(text === this.#source ? null : text);
  }

  #onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Escape") this.#done(undefined);
    else if (event.key === "Enter" && (event.altKey || event.ctrlKey || event.metaKey))
      this.#finish(event.altKey);
    else return;
    event.preventDefault();
  }
}

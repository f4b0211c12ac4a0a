/** The line of keys under the widget, which `?` shows and hides. */

import { attribute, button, make } from "./dom.ts";

const KEYS = [
  ["Esc", "stop the running attempt; leave the editor or the comparison"],
  ["Tab", "from one control to the next"],
  ["← → Home End", "choose an attempt"],
  ["Shift + click", "on an attempt: compare it with the shown one"],
  ["Alt + Enter", "in the editor: continue from the cursor"],
  ["Ctrl + Enter", "in the editor: continue from all of it"],
  ["↑ ↓", "scroll the text; on its lower edge: make it lower or higher"],
  ["?", "show or hide this"],
] as const;

export class Help {
  readonly button = button("help", "?", "The keys (?)");
  readonly root = make(
    "dl",
    "keys",
    { "aria-label": "Keys" },
    ...KEYS.map(([key, what]) =>
      make("div", "key", {}, make("dt", "press", {}, key), make("dd", "what", {}, what)),
    ),
  );

  constructor(view: HTMLElement, signal: AbortSignal) {
    this.#show(false);
    this.button.addEventListener("click", () => this.#show(!!this.root.hidden), { signal });
    view.addEventListener("keydown", (event) => this.#onKey(event), { signal });
  }

  #show(shown: boolean): void {
    this.root.hidden = !shown;
    attribute(this.button, "aria-expanded", String(shown));
  }

  #onKey(event: KeyboardEvent): void {
    const writes = (event.target as HTMLElement).closest("textarea, input, select");
    if (event.key !== "?" || writes || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.#show(!!this.root.hidden);
  }
}

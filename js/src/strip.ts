/** The strip of attempts: a chip each, chosen by click or arrow key. */

import { attribute, make, set } from "./dom.ts";
import { chip, neighbour } from "./format.ts";
import type { Session } from "./session.ts";

/** Beside the chosen chip, in pixels: enough of its neighbour to see that there is one. */
const ROOM = 16;

export class Strip {
  readonly root = make("div", "strip", {
    role: "toolbar",
    "aria-label": "Attempts",
    // or JupyterLab moves between cells on the arrow keys
    "data-lm-suppress-shortcuts": "true",
  });
  readonly #session: Session;
  readonly #repaint: () => void;
  readonly #beside: (id: string) => void;
  readonly #chips = new Map<string, HTMLButtonElement>();
  /** Of the strip and its chosen chip: told after the layout, so that nothing is measured for it. */
  readonly #sizes = new ResizeObserver(() => this.#reveal());

  /** `beside` puts an attempt beside the shown one. */
  constructor(session: Session, repaint: () => void, signal: AbortSignal, beside: (id: string) => void) {
    this.#session = session;
    this.#repaint = repaint;
    this.#beside = beside;
    this.root.addEventListener("click", (event) => this.#onChip(event.target, event.shiftKey), { signal });
    this.root.addEventListener("keydown", (event) => this.#onArrow(event), { signal });
    this.#sizes.observe(this.root); // it is gone with its nodes
  }

  paint(): void {
    const list = this.#session.list;
    const numbers = new Map(list.map((a) => [a.row.attempt, a.row.number]));
    for (const attempt of list) {
      const id = attempt.row.attempt;
      const text = chip(attempt, numbers, this.#session);
      let node = this.#chips.get(id);
      if (!node) {
        node = make(
          "button",
          "chip",
          { type: "button", "data-attempt": id },
          make("span", "number"),
          make("span", "mark", { "aria-hidden": "true" }),
          make("span", "tokens"),
        );
        this.#chips.set(id, node);
        this.root.append(node);
      }
      const pressed = attempt === this.#session.shown;
      if (pressed !== (node.ariaPressed === "true")) this.#sizes[pressed ? "observe" : "unobserve"](node);
      attribute(node, "data-state", text.kind);
      attribute(node, "aria-pressed", String(pressed));
      attribute(node, "tabindex", pressed ? "0" : "-1");
      attribute(node, "title", text.title);
      attribute(node, "aria-label", text.title);
      const [number, mark, tokens] = [...node.children] as HTMLElement[];
      if (number && mark && tokens) {
        set(number, text.number);
        set(mark, text.mark);
        set(tokens, text.tokens);
      }
    }
  }

  #onChip(target: EventTarget | null, shift = false): void {
    const id = (target as HTMLElement | null)?.closest<HTMLElement>(".nbstream-chip")?.dataset.attempt;
    if (id && shift) this.#beside(id);
    else if (id) this.#choose(id);
  }

  #onArrow(event: KeyboardEvent): void {
    const list = [...this.#chips.values()];
    const at = list.indexOf(event.target as HTMLButtonElement);
    const to = neighbour(event.key, at, list.length);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    const next = list[to];
    next?.focus();
    if (next) this.#onChip(next);
  }

  /** Scrolls no further than it takes to show the chosen chip. */
  #reveal(): void {
    const { root } = this;
    const chip = this.#chips.get(this.#session.shown?.row.attempt ?? "");
    if (!chip) return;
    const right = chip.offsetLeft + chip.offsetWidth + ROOM - root.clientWidth;
    root.scrollLeft = Math.min(Math.max(root.scrollLeft, right), chip.offsetLeft - ROOM);
  }

  #choose(id: string): void {
    this.#session.select(id);
    this.#repaint();
  }
}

/** Two attempts side by side: what was asked differently, and the words that differ. */

import type { AttemptState } from "./attempt.ts";
import { button, make, set } from "./dom.ts";
import { stateOf } from "./format.ts";
import type { Piece } from "./messages.ts";
import type { Session } from "./session.ts";

/** Pieces of text that are drawn in one frame: a whole comparison at once was a task of a third of a second. */
const DRAWN = 200;

const MARKS = { "=": "span", "-": "del", "+": "ins" } as const;

const row = (line: Piece[]) =>
  make(
    "tr",
    line.length > 1 || line[0]?.[0] !== "=" ? "changed" : "alike",
    {},
    side(line, "+"),
    side(line, "-"),
  );

const side = (line: Piece[], without: string) =>
  make(
    "td",
    "side",
    { dir: "auto" },
    ...line
      .filter(([kind]) => kind !== without)
      .map(([kind, text]) => make(MARKS[kind] ?? "i", "piece", {}, text)),
  );

export class Compare {
  readonly root = make("div", "comparison", {
    // or JupyterLab moves between cells on the arrow keys
    "data-lm-suppress-shortcuts": "true",
  });
  readonly #session: Session;
  readonly #repaint: () => void;
  readonly #toggle: HTMLButtonElement;
  readonly #select = make("select", "pick");
  readonly #note = make("span", "note", { role: "status" });
  readonly #content = make("div", "differences", {
    tabindex: "0",
    role: "group",
    "aria-label": "Differences",
  });
  #other = "";
  #asked = "";
  #painted: unknown = null;
  #lines = make("table", "sides");
  #left: Piece[][] = [];
  open = false;

  constructor(session: Session, repaint: () => void, signal: AbortSignal, toggle: HTMLButtonElement) {
    this.#session = session;
    this.#repaint = repaint;
    this.#toggle = toggle;
    const close = button("close", "back", "Back to the text (Esc)");
    const pick = make("label", "label", {}, "compare with ", this.#select);
    this.root.append(make("div", "pair", {}, pick, this.#note, close), this.#content);
    const on = { signal };
    close.addEventListener("click", () => this.leave(), on);
    this.#select.addEventListener("change", () => this.enter(this.#select.value), on);
    for (const node of [this.root, toggle])
      node.addEventListener("keydown", (event) => this.#onKey(event as KeyboardEvent), on);
  }

  /** Side by side with another attempt; without one, with that which the shown one came from or followed. */
  enter(other: string): void {
    this.open = true;
    this.#other = other;
    this.#repaint();
  }

  leave(focus = true): void {
    if (!this.open) return;
    this.open = false;
    this.#asked = "";
    if (focus) this.#toggle.focus({ preventScroll: true });
    this.#repaint();
  }

  paint(): void {
    const { list, shown, comparison } = this.#session;
    const others = list.filter((a) => a !== shown);
    this.open &&= others.length > 0;
    this.root.hidden = !this.open;
    if (!this.open || !shown) return;
    const before = others.filter((a) => a.row.number < shown.row.number).at(-1) ?? others[0];
    const of = (id: string | null) => others.find((a) => a.row.attempt === id);
    const other = (of(this.#other) ?? of(shown.row.parent) ?? before) as AttemptState;
    this.#other = other.row.attempt;
    this.#paintPick(others);
    // the older one stands left
    const pair = [shown, other].sort((a, b) => a.row.number - b.row.number);
    this.#ask(pair);
    const [one, two] = pair.map((a) => a.row.attempt);
    const here = comparison?.attempt === one && comparison?.other === two;
    set(this.#note, here ? (pair.every((a) => a.ended) ? "" : "so far") : "comparing…");
    if (here && comparison !== this.#painted) {
      this.#painted = comparison;
      this.#paintContent(pair);
    }
    if (here) this.#paintLines();
  }

  #paintPick(others: AttemptState[]): void {
    const options = [...this.#select.options];
    if (options.map((o) => o.value).join() !== others.map((a) => a.row.attempt).join())
      this.#select.replaceChildren(
        ...others.map(({ row }) => make("option", "", { value: row.attempt }, `attempt ${row.number}`)),
      );
    this.#select.value = this.#other;
  }

  /** Once for each pair, and again when one of them has ended. */
  #ask(pair: AttemptState[]): void {
    const asked = pair.map((a) => a.row.attempt + a.ended).join();
    if (asked === this.#asked) return;
    this.#asked = asked;
    const [one, other] = pair.map((a) => a.row.attempt) as [string, string];
    this.#session.compare(one, other);
  }

  #paintContent(pair: AttemptState[]): void {
    const found = this.#session.comparison;
    const heads = pair.map((a, at) =>
      make("th", "head", { scope: "col" }, `${"−+"[at]} ${a.row.number} · ${stateOf(a, this.#session).text}`),
    );
    const differences = found?.differences.map((texts) =>
      make("tr", "", {}, ...texts.map((text, at) => make(at ? "td" : "th", "option", {}, text))),
    );
    this.#lines = make("table", "sides", {}, make("tr", "", {}, ...heads));
    this.#left = [...(found?.lines ?? [])];
    this.#content.replaceChildren(
      make("table", "options", {}, make("caption", "caption", {}, found?.note ?? ""), ...(differences ?? [])),
      this.#lines,
    );
  }

  /** As much as fits into a frame; the rest in the next ones. */
  #paintLines(): void {
    let pieces = 0;
    let lines = 0;
    while (pieces < DRAWN && lines < this.#left.length) pieces += this.#left[lines++]?.length ?? 0;
    this.#lines.append(...this.#left.splice(0, lines).map(row));
    if (this.#left.length) this.#repaint();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.open) return;
    event.preventDefault();
    event.stopPropagation();
    this.leave();
  }
}

/** Moves one growing text onto the screen, a bounded piece for each frame. */

import type { Finisher } from "./finish.ts";
import { Markdown, PlainText, type Sink } from "./markdown.ts";
import { Seam } from "./seam.ts";
import type { Cursor, GrowingText } from "./text.ts";

export type Mode = "markdown" | "source";

/** Well below a ms of work: between two the clock is asked. */
const PIECE = 1024;
/** The browser lays out what was written after that, and takes longer over it. */
const PER_FRAME = 8 * PIECE;

export class Pane {
  readonly #root: HTMLElement;
  readonly #finisher: Finisher | null;
  #text: GrowingText | null = null;
  #mode: Mode = "markdown";
  #cursor: Cursor = { epoch: 0, piece: 0, within: 0 };
  #sink: Sink | null = null;
  #ended = false;
  #read = 0;
  #seam: Seam | null = null;

  constructor(root: HTMLElement, finisher: Finisher | null = null) {
    this.#root = root;
    this.#finisher = finisher;
  }

  /**
   * A piece, and further ones until about then: a long snapshot catches up over some frames and freezes none.
   * Says whether some is left. `kept`: how much of it an earlier attempt has written.
   */
  paint(text: GrowingText | null, mode: Mode, ended: boolean, until: number, kept = 0): boolean {
    if (text === null) {
      if (this.#text) this.#root.replaceChildren();
      this.#seam?.forget();
      this.#text = null;
      return false;
    }
    const grewAfterEnd = this.#ended && !(ended && text.atEnd(this.#cursor));
    if (text !== this.#text || mode !== this.#mode || text.epoch !== this.#cursor.epoch || grewAfterEnd) {
      this.#root.replaceChildren();
      this.#text = text;
      this.#mode = mode;
      this.#cursor = text.start();
      this.#sink = mode === "markdown" ? new Markdown(this.#root, this.#finisher) : new PlainText(this.#root);
      this.#ended = false;
      this.#read = 0;
      this.#seam?.forget();
      this.#seam = kept ? new Seam(this.#root) : null;
    }
    const most = this.#read + PER_FRAME;
    do {
      const upto = this.#read < kept ? kept - this.#read : PIECE;
      const piece = text.read(this.#cursor, Math.min(PIECE, upto));
      this.#read += piece.length;
      this.#sink?.write(piece);
      if (piece && this.#read === kept) this.#seam?.place();
    } while (!text.atEnd(this.#cursor) && this.#read < most && performance.now() < until);
    this.#seam?.paint();
    if (!text.atEnd(this.#cursor)) return true;
    if (ended && !this.#ended) this.#sink?.end();
    this.#ended = ended;
    return false;
  }
}

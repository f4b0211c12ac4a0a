/** Keeps a scrolling box at its end, unless the reader scrolled up. */

export interface Scrollable {
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
}

const NEAR_PX = 24;

export class Follow {
  following = true;
  readonly #box: Scrollable;
  #top = 0;

  constructor(box: Scrollable) {
    this.#box = box;
  }

  /**
   * On each scroll event, and on each turn of a wheel, up with `turn` < 0. Distance from the end alone would not do:
   * text that grew since our own scroll looks the same as a reader who moved. Moving up lets go, however little, and so
   * does the wheel before anything has moved: what is drawn next would stop its smooth beginning.
   */
  scrolled(turn = 0): void {
    const top = this.#box.scrollTop;
    const distance = this.#box.scrollHeight - this.#box.clientHeight - top;
    if (turn < 0 ? top > 0 : top < this.#top && distance >= 1) this.following = false;
    else if (distance < 1 || (distance <= NEAR_PX && top > this.#top)) this.following = true;
    this.#top = top;
  }

  /** After each paint. */
  settle(): void {
    if (!this.following) return;
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#top = this.#box.scrollTop;
  }

  jump(): void {
    this.following = true;
    this.settle();
  }
}

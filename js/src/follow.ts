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
   * On each scroll event. Distance from the end alone would not do: text that grew since our own scroll
   * looks the same as a reader who moved. Only moving up lets go.
   */
  scrolled(): void {
    const top = this.#box.scrollTop;
    const distance = this.#box.scrollHeight - this.#box.clientHeight - top;
    if (distance <= NEAR_PX) this.following = true;
    else if (top < this.#top) this.following = false;
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

/** At most one paint per animation frame, also in a hidden tab, and never all of a backlog at once. */

export interface Clock {
  requestAnimationFrame(run: () => void): number;
  cancelAnimationFrame(id: number): void;
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(id: number): void;
}

/** A hidden tab runs no animation frames at all; timers go on there, slowly. */
const FALLBACK_MS = 200;

export class Frame {
  readonly #paint: () => boolean;
  readonly #clock: Clock;
  #waiting = false;
  #closed = false;
  #frame = 0;
  #timer = 0;

  /** `paint` does a bounded piece of work and says whether some is left for the next frame. */
  constructor(paint: () => boolean, clock: Clock = globalThis as unknown as Clock) {
    this.#paint = paint;
    this.#clock = clock;
  }

  request(): void {
    if (this.#waiting || this.#closed) return;
    this.#waiting = true;
    this.#frame = this.#clock.requestAnimationFrame(() => this.#run());
    this.#timer = this.#clock.setTimeout(() => this.#run(), FALLBACK_MS);
  }

  /** Paints before the browser does: for the answer to a click. */
  now(): void {
    if (!this.#closed) this.#run();
  }

  close(): void {
    this.#closed = true;
    this.#forget();
  }

  #run(): void {
    this.#forget();
    if (this.#paint()) this.request();
  }

  #forget(): void {
    this.#waiting = false;
    this.#clock.cancelAnimationFrame(this.#frame);
    this.#clock.clearTimeout(this.#timer);
  }
}

/** How fast a text grew, over its whole life, in a fixed number of steps; and its longest pause. Pure. */

export const STEPS = 40;
const FIRST_STEP_MS = 250;
/** What is shorter is the ordinary beat of a stream. */
export const PAUSE_MS = 1_000;

export class Rates {
  /** Characters that came in each step; when all steps are full, two become one. */
  readonly grown = new Float64Array(STEPS);
  /** 1 for each step that a pause of `PAUSE_MS` or more reaches into. */
  readonly paused = new Uint8Array(STEPS);
  stepMs = FIRST_STEP_MS;
  longestPauseMs = 0;
  /** Nothing more will come. */
  closed = false;
  readonly #start: number;
  #length: number;
  #at: number;
  #grewAt: number;
  /** Nothing is a pause before something has come. */
  #begun: boolean;

  /** `length`: what was there when this page began to look, of which no rate is known. */
  constructor(now: number, length: number) {
    this.#start = this.#at = this.#grewAt = now;
    this.#length = length;
    this.#begun = length > 0;
  }

  /** The number of steps so far, the running one among them. */
  get steps(): number {
    return this.#step(this.#at) + 1;
  }

  /** Ten times a second while it streams; what came in a longer time, of a hidden page, is spread over it. */
  feed(now: number, length: number): void {
    const grown = length - this.#length;
    if (now <= this.#at) return;
    while (now - this.#start >= this.stepMs * STEPS) this.#halve();
    if (grown > 0) this.#spread(grown, now);
    // up to the last look at which nothing had come
    if (this.#begun && (grown > 0 || now - this.#at < PAUSE_MS)) {
      const until = grown > 0 ? this.#at : now;
      const pause = until - this.#grewAt;
      this.longestPauseMs = Math.max(this.longestPauseMs, pause);
      if (pause >= PAUSE_MS) this.paused.fill(1, this.#step(this.#grewAt), this.#step(until) + 1);
    }
    if (grown > 0) {
      this.#begun = true;
      this.#grewAt = now;
    }
    this.#length = length;
    this.#at = now;
  }

  #step(at: number): number {
    return Math.min(STEPS - 1, Math.floor((at - this.#start) / this.stepMs));
  }

  #spread(grown: number, now: number): void {
    const [from, to] = [this.#step(this.#at), this.#step(now)];
    // between two looks of the same beat it came in the later one
    const first = to - from > 1 ? from : to;
    for (let step = first; step <= to; step += 1)
      this.grown[step] = (this.grown[step] ?? 0) + grown / (to - first + 1);
  }

  #halve(): void {
    for (let step = 0; step < STEPS; step += 1) {
      const [one, two] = [this.grown[2 * step] ?? 0, this.grown[2 * step + 1] ?? 0];
      this.grown[step] = one + two;
      this.paused[step] = (this.paused[2 * step] ?? 0) | (this.paused[2 * step + 1] ?? 0);
    }
    this.stepMs *= 2;
  }
}

/** One frame for all widgets of a page: they share its time, those in sight first, and lay out once together. */

export interface Clock {
  requestAnimationFrame(run: () => void): number;
  cancelAnimationFrame(id: number): void;
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(id: number): void;
  performance: { now(): number };
}

/** What one view paints. */
export interface Job {
  /** Writes until about `until`, and reads no layout; says whether some is left for the next frame. */
  paint(until: number): boolean;
  /** May read the layout: all who paint in this frame have written. */
  settle(): void;
  /** In sight, as far as is known. */
  near: boolean;
  /** Not before this moment, while out of sight; 0 if some is left. */
  due?: number;
}

/** A hidden tab runs no animation frames at all; timers go on there, slowly. */
const FALLBACK_MS = 200;
/** Of a frame's 16; layout and painting take the rest. */
export const BUDGET_MS = 6;
/** Who is out of sight paints this often: search finds the text, and its state is not long behind. */
export const AWAY_MS = 500;

export class Frames {
  readonly #clock: Clock;
  /** In the order in which they asked: who got no time is first in the next frame. */
  readonly #wanted = new Set<Job>();
  #frame = 0;
  #timer = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  request(job: Job): void {
    this.#wanted.add(job);
    this.#plan();
  }

  drop(job: Job): void {
    this.#wanted.delete(job);
    this.#forget();
    this.#plan();
  }

  #plan(): void {
    const jobs = [...this.#wanted];
    if (!this.#frame && jobs.some((job) => job.near || job.due === 0))
      this.#frame = this.#clock.requestAnimationFrame(() => this.#run());
    if (!this.#timer && jobs.length) this.#timer = this.#clock.setTimeout(() => this.#run(), FALLBACK_MS);
  }

  #run(): void {
    this.#forget();
    const now = () => this.#clock.performance.now();
    const began = now();
    const painted: Job[] = [];
    const due = [...this.#wanted].filter((job) => job.near || began >= (job.due ?? 0));
    for (const job of due.sort((a, b) => +b.near - +a.near)) {
      if (painted.length && now() - began >= BUDGET_MS) break;
      this.#wanted.delete(job);
      painted.push(job);
      attempt(() => {
        const more = job.paint(began + BUDGET_MS);
        job.due = more ? 0 : began + AWAY_MS;
        if (more) this.#wanted.add(job);
      });
    }
    for (const job of painted) attempt(() => job.settle());
    this.#plan();
  }

  #forget(): void {
    this.#clock.cancelAnimationFrame(this.#frame);
    this.#clock.clearTimeout(this.#timer);
    this.#frame = this.#timer = 0;
  }
}

/** One widget's trouble is not the others'. */
function attempt(what: () => void): void {
  try {
    what();
  } catch (error) {
    reportError(error);
  }
}

/** Each widget loads this file afresh; the page keeps one. The number is that of its shape. */
export function framesOf(world: object = globalThis): Frames {
  const pages = world as Record<symbol, Frames | undefined>;
  const place = Symbol.for("nbstream.frames.1");
  pages[place] ??= new Frames(globalThis as unknown as Clock);
  return pages[place] as Frames;
}

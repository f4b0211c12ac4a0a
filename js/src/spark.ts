/** Draws how fast the shown attempt grew: a bar for each step of time, a line at the ground where it stood still. */

import type { AttemptState } from "./attempt.ts";
import { attribute, make, svg } from "./dom.ts";
import { seconds } from "./format.ts";
import { PAUSE_MS, Rates, STEPS } from "./rates.ts";
import type { Session } from "./session.ts";

const HEIGHT = 14;
/** As often as it is drawn, and where the person wants less motion. */
const DRAW_MS = 250;
const CALM_MS = 2_000;

const lengthOf = ({ text, reasoning, tool }: AttemptState) => text.length + reasoning.length + tool.length;

/** The bars, and the ground where nothing came, as two paths; a unit is a pixel. */
export function paths(rates: Rates): { bars: string; still: string } {
  const { grown, paused, steps } = rates;
  const top = Math.max(...grown);
  let [bars, still] = ["", ""];
  for (let step = 0; top > 0 && step < steps; step += 1) {
    const height = Math.max(1.5, ((grown[step] ?? 0) / top) * HEIGHT);
    if (grown[step]) bars += `M${2 * step + 1} ${HEIGHT}v-${height.toFixed(1)}`;
    else if (paused[step]) still += `M${2 * step} ${HEIGHT - 1}h2`;
  }
  return { bars, still };
}

/** The same in words. */
export function inWords(rates: Rates, tokensPerS: number | null): string {
  const rate = tokensPerS === null ? "" : `, ${tokensPerS.toFixed(1)} tokens a second`;
  const pause = rates.longestPauseMs;
  const still =
    pause < PAUSE_MS ? "no pause of a second or more" : `the longest pause ${seconds(pause / 1000)}`;
  return `Rate over time${rate}; ${still}`;
}

export class Spark {
  readonly root: HTMLElement;
  readonly #session: Session;
  readonly #now: () => number;
  readonly #rates = new WeakMap<AttemptState, Rates>();
  readonly #bars = svg("path", "bars");
  readonly #still = svg("path", "still");
  readonly #calm = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");
  #drawn: AttemptState | null = null;
  #drawnAt = 0;
  #last = false;

  constructor(session: Session, now = () => performance.now()) {
    this.#session = session;
    this.#now = now;
    const picture = svg("svg", "trace", { viewBox: `0 0 ${2 * STEPS} ${HEIGHT}`, "aria-hidden": "true" });
    picture.append(this.#bars, this.#still);
    this.root = make("span", "spark", { role: "img", "aria-label": "Rate over time" }, picture);
  }

  paint(shown: AttemptState | null): void {
    const now = this.#now();
    for (const attempt of this.#session.list) this.#look(attempt, now);
    const rates = shown && this.#rates.get(shown);
    const ended = shown?.ended ?? true;
    const pace = this.#calm?.matches ? CALM_MS : DRAW_MS;
    const due = shown !== this.#drawn || ended !== this.#last || (!ended && now - this.#drawnAt >= pace);
    if (!due) return;
    this.#drawn = shown;
    this.#drawnAt = now;
    this.#last = ended;
    const { bars, still } = rates ? paths(rates) : { bars: "", still: "" };
    attribute(this.#bars, "d", bars);
    attribute(this.#still, "d", still);
    // an attempt that this page did not see stream has no trace
    const words = rates && bars ? inWords(rates, shown.row.meter.tokens_per_s) : "No rate over time was seen";
    attribute(this.root, "aria-label", words);
    attribute(this.root, "title", bars ? words : "");
  }

  #look(attempt: AttemptState, now: number): void {
    const rates = this.#rates.get(attempt);
    // what a snapshot brings is no growth
    if (!rates && !attempt.ended && attempt.loaded)
      this.#rates.set(attempt, new Rates(now, lengthOf(attempt)));
    if (!rates || rates.closed) return;
    rates.feed(now, lengthOf(attempt));
    rates.closed = attempt.ended;
  }
}

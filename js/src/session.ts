/** The attempts of one generation as they are told; sees gaps and silence; knows what to ask. No DOM. */

import { type AttemptState, fold, fresh, restore } from "./attempt.ts";
import type { Ask, FromKernel, Have, Row } from "./messages.ts";

export const SILENCE_MS = 3_000;
export const NO_ANSWER_MS = 5_000;
/** While nobody answers, each next `sync` waits longer; the last step repeats. */
const SYNC_AGAIN_MS = [5_000, 10_000, 20_000, 60_000];

export class Session {
  readonly #ask: (ask: Ask) => void;
  readonly #now: () => number;
  readonly #attempts = new Map<string, AttemptState>();
  /** Attempts that messages name and nobody introduced. */
  readonly #strangers = new Set<string>();
  #chosen: string | null = null;
  #sync: { first: number; at: number; tries: number } | null = null;
  #retryAt: number | null = null;
  #heardAt: number | null = null;
  #openedAt: number;
  /** The last answer to `compare`. */
  comparison: Extract<FromKernel, { type: "compare" }> | null = null;

  constructor(ask: (ask: Ask) => void, now: () => number) {
    this.#ask = ask;
    this.#now = now;
    this.#openedAt = now();
  }

  /** Asks for everything: the page may be new while the stream is old. */
  open(): void {
    this.#openedAt = this.#now();
    this.#requestSync([]);
  }

  // ---- what the view reads

  /** Oldest first. */
  get list(): AttemptState[] {
    return [...this.#attempts.values()].sort((a, b) => a.row.number - b.row.number);
  }

  /** The one the person chose, else the newest. */
  get shown(): AttemptState | null {
    return this.#attempts.get(this.#chosen ?? "") ?? this.list.at(-1) ?? null;
  }

  /** What Stop is aimed at: the shown attempt if it lives, else the newest that does. */
  get live(): AttemptState | null {
    const shown = this.shown;
    return shown && !shown.ended ? shown : (this.list.filter((a) => !a.ended).at(-1) ?? null);
  }

  get retrying(): boolean {
    return this.#retryAt !== null;
  }

  /** Nothing ever came from a kernel: a saved notebook, opened again. */
  get saved(): boolean {
    return this.#heardAt === null;
  }

  /** Something was asked, and for five seconds nothing at all has come back. */
  get unanswered(): boolean {
    const asked = [
      this.#sync?.first,
      this.#retryAt,
      ...this.list.map((a) => (a.ended ? null : a.stopAskedAt)),
    ];
    const late = (at: number | null | undefined) =>
      at != null && this.#now() - at > NO_ANSWER_MS && (this.#heardAt ?? this.#openedAt) <= at;
    return asked.some(late);
  }

  /** Time still has something to say, so `tick` is wanted. */
  get busy(): boolean {
    if (this.saved && (this.#sync?.tries ?? 0) > SYNC_AGAIN_MS.length) return false;
    return (
      this.#sync !== null || this.retrying || this.#broken().length > 0 || this.list.some((a) => !a.ended)
    );
  }

  // ---- what comes in

  /** Rows of the trait: they know of every attempt, but carry no text. */
  introduce(rows: Row[], savedText: string): void {
    for (const row of rows) {
      const known = this.#attempts.get(row.attempt);
      if (!known) this.#add(row);
      else if (known.ended && row.status === "done") known.row = row;
    }
    const last = this.list.filter((a) => a.ended).at(-1);
    if (this.saved && last && savedText && last.text.length === 0) {
      last.text.append(savedText);
      last.loaded = true;
    }
  }

  receive(message: FromKernel): void {
    this.#heardAt = this.#now();
    if (message.type === "snapshot") {
      this.#snapshot(message);
      return;
    }
    if (message.type === "compare") {
      this.comparison = message;
      return;
    }
    const known = this.#attempts.get(message.attempt);
    const state = known ?? (message.type === "start" ? this.#add(message.row) : undefined);
    if (!state) {
      this.#strangers.add(message.attempt);
      this.#requestSync(this.#broken());
      return;
    }
    state.heardAt = this.#heardAt;
    if (message.seq <= state.seq) return;
    fold(state, message, this.#now());
    if (message.type === "error") this.#retryAt = null; // it may be the answer to that
    if (state.gapped || state.damaged) this.#requestSync(this.#broken());
  }

  /** Once or twice a second while `busy`. */
  tick(): void {
    const now = this.#now();
    if (this.#retryAt !== null && now - this.#retryAt > NO_ANSWER_MS * 2) this.#retryAt = null;
    if (this.#sync) {
      const wait = SYNC_AGAIN_MS[Math.min(this.#sync.tries - 1, SYNC_AGAIN_MS.length - 1)] ?? SILENCE_MS;
      if (now - this.#sync.at > wait) this.#requestSync(this.#broken(), true);
      return;
    }
    if (this.list.some((a) => this.#silent(a)) || this.#broken().length > 0)
      this.#requestSync(this.#broken());
  }

  // ---- what the person wants

  stop(attempt: string): void {
    const state = this.#attempts.get(attempt);
    if (!state || state.ended || this.stopping(state)) return;
    state.stopAskedAt = this.#now();
    this.#ask({ type: "stop", attempt });
  }

  /** Asked and not yet answered; after a while the person may ask again. */
  stopping(state: AttemptState): boolean {
    return !state.ended && state.stopAskedAt !== null && this.#now() - state.stopAskedAt <= NO_ANSWER_MS;
  }

  retry(attempt: string): void {
    this.#again({ type: "retry", attempt });
  }

  /** `text` is the edited one; `null` goes on from all there is. */
  resume(attempt: string, text: string | null): void {
    this.#again({ type: "resume", attempt, text });
  }

  #again(ask: Extract<Ask, { type: "retry" | "resume" }>): void {
    if (this.retrying || !this.#attempts.has(ask.attempt)) return;
    this.#retryAt = this.#now();
    this.#ask(ask);
  }

  /** Shown as off at once; the kernel's word follows. */
  guardOff(attempt: string, guard: number): void {
    const state = this.#attempts.get(attempt);
    const row = state?.row.guards?.[guard];
    if (!state || state.ended || row?.state !== "on") return;
    row.state = "off";
    this.#ask({ type: "guard_off", attempt, guard });
  }

  select(attempt: string): void {
    const state = this.#attempts.get(attempt);
    if (!state) return;
    this.#chosen = attempt;
    if (!state.loaded) this.#ask({ type: "select", attempt });
  }

  compare(attempt: string, other: string): void {
    this.#ask({ type: "compare", attempt, other });
  }

  // ---- how

  #snapshot(message: Extract<FromKernel, { type: "snapshot" }>): void {
    this.#sync = null;
    const state = this.#attempts.get(message.attempt) ?? this.#add(message.row);
    restore(state, message, this.#now());
    if (state.damaged) this.#requestSync(this.#broken());
  }

  #add(row: Row): AttemptState {
    const state = fresh(row, this.#now());
    // a new attempt shows itself, whatever was looked at before
    if (this.list.every((a) => a.row.number < row.number)) {
      this.#chosen = null;
      this.#retryAt = null;
    }
    this.#attempts.set(row.attempt, state);
    this.#strangers.delete(row.attempt);
    return state;
  }

  /** It lives, and nothing has been heard of it for a while. */
  #silent(state: AttemptState): boolean {
    return !state.ended && this.#now() - state.heardAt > SILENCE_MS;
  }

  /** What is to be told again, and how far each of these is known. */
  #broken(): Have[] {
    const nothing = (attempt: string) => ({ attempt, seq: 0, length: 0 });
    const have = this.list
      .filter((a) => a.gapped || a.damaged || (a.loaded && this.#silent(a)))
      .map((a) => {
        const { attempt } = a.row;
        return a.damaged ? nothing(attempt) : { attempt, seq: a.seq, length: a.text.length };
      });
    return [...have, ...[...this.#strangers].map(nothing)];
  }

  /** One at a time: a burst after a gap asks once. */
  #requestSync(have: Have[], again = false): void {
    if (this.#sync && !again) return;
    const now = this.#now();
    this.#sync = { first: this.#sync?.first ?? now, at: now, tries: (this.#sync?.tries ?? 0) + 1 };
    this.#ask({ type: "sync", have });
  }
}

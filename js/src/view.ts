/** The DOM of one view: header, text, meter and the strip of attempts. */

import type { AttemptState } from "./attempt.ts";
import { attribute, button, make, set } from "./dom.ts";
import type { Finisher } from "./finish.ts";
import { Follow } from "./follow.ts";
import { asideLabel, elapsed, modelOf, type Reading, readings, type State, stateOf } from "./format.ts";
import type { Lazy } from "./lazy.ts";
import type { Traits } from "./messages.ts";
import { Pane } from "./pane.ts";
import type { Session } from "./session.ts";
import { Strip } from "./strip.ts";
import type { Tools } from "./tools.ts";

/** Text beside the answer, which folds away. */
function aside(channel: "reasoning" | "tool", open: boolean) {
  const summary = make("summary", "summary");
  const text = make("div", `aside nbstream-${channel}`, { dir: "auto" });
  const details = make("details", "details", { "data-channel": channel }, summary, text);
  details.open = open;
  return { channel, details, summary, pane: new Pane(text) };
}

/** What static/tools.js exports. */
export type ToolsModule = typeof import("./tools.ts");

export class View {
  readonly root: HTMLElement;
  readonly #session: Session;
  readonly #now: () => number;
  readonly #repaint: () => void;

  readonly #model = make("span", "model");
  readonly #hint = make("span", "hint");
  /** Read aloud when it changes; the running seconds beside it are not. */
  readonly #state = make("span", "state", { role: "status", "aria-live": "polite" });
  readonly #waited = make("span", "waited", { "aria-hidden": "true" });
  readonly #stop = button("stop", "Stop", "Stop the running attempt (Esc)");
  readonly #retry = button("retry", "Retry", "Ask again, as a new attempt; this one is kept");
  readonly #source = button("toggle", "source", "The exact text, as it came");
  readonly #jump = button("jump", "↓ to the end", "Go on following the text");
  readonly #asides = [aside("reasoning", false), aside("tool", true)] as const;
  readonly #text = make("div", "text", { dir: "auto" });
  readonly #scroller = make("div", "scroller", {
    tabindex: "0",
    role: "group",
    "aria-label": "Text",
    // or JupyterLab moves between cells on the arrow keys
    "data-lm-suppress-shortcuts": "true",
  });
  readonly #error = make("div", "error", { role: "alert", dir: "auto" });
  readonly #meter = make("div", "meter");
  readonly #guards = make("div", "guardline");
  readonly #body = make("div", "body");
  readonly #strip: Strip;
  #tools: Tools | null = null;
  readonly #values = new Map<string, { item: HTMLElement; label: HTMLElement; value: HTMLElement }>();

  readonly #pane: Pane;
  readonly #follow = new Follow(this.#scroller);
  #asSource = false;
  #shown: AttemptState | null = null;
  /** The attempt the button shows: a late click must not hit the next one. */
  #target: string | null = null;

  constructor(
    session: Session,
    repaint: () => void,
    now: () => number,
    signal: AbortSignal,
    finisher: Finisher | null = null,
    tools: Lazy<ToolsModule> | null = null,
  ) {
    this.#session = session;
    this.#repaint = repaint;
    this.#now = now;
    this.#strip = new Strip(session, repaint, signal, (id) => this.#tools?.compare(id));
    this.#pane = new Pane(this.#text, finisher);
    const left = make("span", "place");
    const right = make("span", "tail", {}, this.#source);
    const [reasoning, tool] = this.#asides;
    this.#body.append(this.#scroller, this.#jump, this.#error);
    this.#scroller.append(reasoning.details, this.#text, tool.details);
    this.root = make(
      "section",
      "",
      { class: "nbstream", role: "region", tabindex: "-1" },
      make(
        "header",
        "header",
        {},
        make("span", "dot", { "aria-hidden": "true" }),
        this.#model,
        this.#hint,
        make("span", "stateline", {}, this.#state, this.#waited),
        this.#stop,
      ),
      this.#body,
      this.#guards,
      this.#meter,
      make("footer", "footer", {}, this.#retry, left, this.#strip.root, right),
    );
    this.#listen(signal);
    const { root } = this;
    const host = {
      session,
      repaint,
      signal,
      root,
      text: this.#text,
      body: this.#body,
      guards: this.#guards,
      left,
      right,
      stop: this.#stop,
      retry: this.#retry,
      source: this.#source,
    };
    tools?.with((module) => {
      if (signal.aborted) return;
      this.#tools = new module.Tools(host);
      repaint();
    });
  }

  /** One frame, until about then. Reads no layout. Says whether some text is left for the next one. */
  paint(header: Traits["header"], until: number): boolean {
    const session = this.#session;
    const shown = session.shown;
    const state = stateOf(shown, session);
    const model = modelOf(header.model, session);
    set(this.#model, model);
    set(this.#hint, header.hint ?? "");
    attribute(this.#hint, "title", header.hint ?? "");
    attribute(this.root, "aria-label", `Generation with ${model}`);
    attribute(this.root, "data-state", state.kind);
    attribute(this.root, "data-attempt", shown?.row.attempt ?? "");
    attribute(this.root, "data-empty", String(!shown?.text.length));
    this.#paintButtons(shown);
    this.#paintState(shown, state);
    this.#paintMeter(shown);
    this.#strip.paint();
    this.#tools?.paint(shown);
    const cover = this.#tools?.cover ?? false;
    this.#scroller.hidden = cover;

    if (shown !== this.#shown) this.#follow.following = true;
    this.#shown = shown;
    attribute(this.#source, "aria-pressed", String(this.#asSource));
    this.#text.classList.toggle("nbstream-plain", this.#asSource);
    attribute(this.#text, "data-note", shown?.loaded === false ? "this attempt's text is not here yet" : "");
    const more = this.#pane.paint(
      shown?.text ?? null,
      this.#asSource ? "source" : "markdown",
      shown?.ended ?? false,
      until,
      shown?.row.kept,
    );
    const moreBeside = this.#paintAsides(shown, until);
    this.#jump.hidden = this.#follow.following || cover;
    return more || moreBeside;
  }

  /** Follows the end of the text, once all widgets have written. */
  settle(): void {
    this.#follow.settle();
  }

  #paintAsides(shown: AttemptState | null, until: number): boolean {
    let more = false;
    for (const { channel, details, summary, pane } of this.#asides) {
      details.hidden = !shown?.[channel].length;
      if (shown) set(summary, asideLabel(channel, shown.row.meter));
      if (details.open && pane.paint(shown?.[channel] ?? null, "source", shown?.ended ?? false, until))
        more = true;
    }
    return more;
  }

  #paintButtons(shown: AttemptState | null): void {
    const { live, retrying, saved, unanswered } = this.#session;
    const stopping = live !== null && this.#session.stopping(live);
    this.#target = live?.row.attempt ?? null;
    set(this.#stop, stopping ? "stopping…" : "Stop");
    // a disabled button gives the focus away, and Esc and the arrow keys with it
    if (!live && this.#stop === this.root.ownerDocument.activeElement)
      this.root.focus({ preventScroll: true });
    this.#stop.disabled = live === null;
    attribute(this.#stop, "aria-disabled", String(live === null || stopping));
    this.#retry.disabled = retrying || shown === null || (saved && unanswered);
    attribute(this.#retry, "aria-busy", String(retrying));
  }

  #paintState(shown: AttemptState | null, state: State): void {
    // the sentence of an error stands in its own box, once is enough
    set(this.#state, state.kind === "error" ? "error" : state.text);
    attribute(this.#state, "title", state.text);
    const wait = shown && state.kind === "waiting" ? elapsed(shown, this.#session, this.#now()) : null;
    set(this.#waited, wait === null ? "" : `· ${wait.toFixed(1)} s`);
    const error = shown?.row.ended_by === "error" || shown?.error ? (shown.error ?? shown.row.reason) : null;
    this.#error.hidden = !error;
    set(this.#error, error ?? "");
  }

  #paintMeter(shown: AttemptState | null): void {
    this.#meter.hidden = shown === null;
    if (!shown) return;
    const now = readings(shown.row.meter, elapsed(shown, this.#session, this.#now()));
    const way = shown.row.resumed;
    if (way)
      now.push({ key: "resumed", label: "resumed", value: way.replace(/^\w+ |\W*$|;.*/g, ""), title: way });
    for (const reading of now) this.#paintReading(reading);
    const keys = new Set(now.map((reading) => reading.key));
    for (const [key, { item }] of this.#values) item.hidden = !keys.has(key);
  }

  #paintReading({ key, label, value, title }: Reading): void {
    let parts = this.#values.get(key);
    if (!parts) {
      const [name, number] = [make("span", "label"), make("span", "value")];
      const item = make("span", "reading", { "data-key": key }, name, number);
      parts = { item, label: name, value: number };
      this.#values.set(key, parts);
      this.#meter.append(item);
    }
    set(parts.label, label);
    set(parts.value, value);
    attribute(parts.item, "title", title);
  }

  #listen(signal: AbortSignal): void {
    const on = { signal };
    this.#stop.addEventListener("pointerdown", (event) => event.button === 0 && this.#onStop(), on);
    // a click of the pointer was acted on when it went down: only the keyboard's is new (detail 0)
    this.#stop.addEventListener("click", (event) => event.detail === 0 && this.#onStop(), on);
    this.#retry.addEventListener("click", () => this.#act(() => this.#onRetry()), on);
    this.#source.addEventListener("click", () => this.#act(() => (this.#asSource = !this.#asSource)), on);
    this.#jump.addEventListener("click", () => this.#act(() => this.#follow.jump()), on);
    for (const { details } of this.#asides) details.addEventListener("toggle", this.#repaint, on);
    for (const move of ["scroll", "wheel"])
      this.#scroller.addEventListener(move, (event) => this.#onScroll(event), { signal, passive: true });
    this.root.addEventListener("keydown", (event) => this.#onKey(event), on);
  }

  #act(what: () => void): void {
    what();
    this.#repaint();
  }

  #onStop(): void {
    if (this.#target === null) return;
    this.#session.stop(this.#target);
    // in the click's own frame, before anything is heard from the kernel
    this.#paintButtons(this.#session.shown);
    this.#paintState(this.#session.shown, stateOf(this.#session.shown, this.#session));
    this.#repaint();
  }

  #onRetry(): void {
    const shown = this.#session.shown;
    if (shown) this.#session.retry(shown.row.attempt);
    this.#paintButtons(shown);
  }

  #onScroll(event: Event): void {
    this.#follow.scrolled((event as WheelEvent).deltaY);
    this.#jump.hidden = this.#follow.following;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    if (this.#target === null) return this.#tools?.leave();
    event.preventDefault();
    event.stopPropagation();
    this.#onStop();
  }
}

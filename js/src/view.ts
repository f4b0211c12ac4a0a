/** The DOM of one view: header, text, meter and the strip of attempts. */

import type { AttemptState } from "./attempt.ts";
import { Compare } from "./compare.ts";
import { copy, copyButton, readable } from "./copy.ts";
import { attribute, button, make, set } from "./dom.ts";
import { Editor } from "./editor.ts";
import type { Finisher } from "./finish.ts";
import { Follow } from "./follow.ts";
import { asideLabel, elapsed, type Reading, readings, type State, stateOf } from "./format.ts";
import { Guards } from "./guards.ts";
import type { Traits } from "./messages.ts";
import { Pane } from "./pane.ts";
import type { Session } from "./session.ts";
import { Strip } from "./strip.ts";

/** Text beside the answer, which folds away. */
function aside(channel: "reasoning" | "tool", open: boolean) {
  const summary = make("summary", "summary");
  const text = make("div", `aside nbstream-${channel}`, { dir: "auto" });
  const details = make("details", "details", { "data-channel": channel }, summary, text);
  details.open = open;
  return { channel, details, summary, pane: new Pane(text) };
}

export interface Options {
  header: Traits["header"];
  markdown: boolean;
}

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
  readonly #resume = button("resume", "Continue", "");
  readonly #edit = button("edit", "Edit", "");
  readonly #editor: Editor;
  #editing: string | null = null;
  readonly #source = button("toggle", "source", "The exact text, as it came");
  readonly #jump = button("jump", "↓ to the end", "Go on following the text");
  readonly #asides = [aside("reasoning", false), aside("tool", true)] as const;
  readonly #text = make("div", "text", { dir: "auto" });
  readonly #scroller = make("div", "scroller", { tabindex: "0", role: "group", "aria-label": "Text" });
  readonly #error = make("div", "error", { role: "alert", dir: "auto" });
  readonly #meter = make("div", "meter");
  readonly #guards: Guards;
  readonly #strip: Strip;
  readonly #compare: Compare;
  readonly #values = new Map<string, { item: HTMLElement; label: HTMLElement; value: HTMLElement }>();

  readonly #copyText = copyButton("copy text", "Copy the answer as it reads");
  readonly #copyMarkdown = copyButton("copy Markdown", "Copy the exact text, as it came");
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
  ) {
    this.#session = session;
    this.#repaint = repaint;
    this.#now = now;
    this.#guards = new Guards(session, repaint, signal);
    this.#compare = new Compare(session, repaint, signal);
    this.#strip = new Strip(session, repaint, signal, (id) => this.#compare.enter(id));
    this.#editor = new Editor((text) => this.#onEdited(text), signal);
    this.#pane = new Pane(this.#text, finisher);
    const [reasoning, tool] = this.#asides;
    this.#scroller.append(reasoning.details, this.#text, tool.details);
    this.root = make(
      "section",
      "",
      { role: "region", tabindex: "-1" },
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
      make("div", "body", {}, this.#scroller, this.#editor.root, this.#jump, this.#compare.root),
      this.#error,
      this.#guards.root,
      this.#meter,
      make(
        "footer",
        "footer",
        {},
        this.#retry,
        this.#resume,
        this.#edit,
        this.#strip.root,
        this.#compare.toggle,
        this.#copyText,
        this.#copyMarkdown,
        this.#source,
      ),
    );
    this.#listen(signal);
  }

  /** One frame. Says whether some text is left for the next one. */
  paint(options: Options): boolean {
    const session = this.#session;
    const shown = session.shown;
    const state = stateOf(shown, session);
    set(this.#model, options.header.model);
    set(this.#hint, options.header.hint ?? "");
    attribute(this.#hint, "title", options.header.hint ?? "");
    attribute(this.root, "aria-label", `Generation with ${options.header.model}`);
    attribute(this.root, "data-state", state.kind);
    attribute(this.root, "data-attempt", shown?.row.attempt ?? "");
    attribute(this.root, "data-empty", String(!shown?.text.length));
    this.#paintButtons(shown);
    this.#paintState(shown, state);
    this.#paintMeter(shown);
    this.#guards.paint(shown);
    this.#strip.paint();
    this.#compare.paint();
    this.#scroller.hidden = this.#compare.open;

    if (shown !== this.#shown) this.#follow.following = true;
    this.#shown = shown;
    const asSource = this.#asSource || !options.markdown;
    this.#source.hidden = !options.markdown;
    attribute(this.#source, "aria-pressed", String(this.#asSource));
    this.#text.classList.toggle("nbstream-plain", asSource);
    attribute(this.#text, "data-note", shown?.loaded === false ? "this attempt's text is not here yet" : "");
    const more = this.#pane.paint(
      shown?.text ?? null,
      asSource ? "source" : "markdown",
      shown?.ended ?? false,
      shown?.row.kept,
    );
    const moreBeside = this.#paintAsides(shown);
    this.#follow.settle();
    this.#jump.hidden = this.#follow.following || this.#compare.open;
    return more || moreBeside;
  }

  #paintAsides(shown: AttemptState | null): boolean {
    let more = false;
    for (const { channel, details, summary, pane } of this.#asides) {
      details.hidden = !shown?.[channel].length;
      if (shown) set(summary, asideLabel(channel, shown.row.meter));
      if (details.open && pane.paint(shown?.[channel] ?? null, "source", shown?.ended ?? false)) more = true;
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
    const resume = shown?.row.resume;
    const busy = this.#retry.disabled || this.#editing !== null;
    this.#resume.disabled = busy || !resume || !!resume.refusal;
    attribute(
      this.#resume,
      "title",
      resume?.refusal ?? resume?.note ?? "Go on from a text that was cut short",
    );
    this.#edit.disabled = busy || !resume || !!resume.edited || !shown?.loaded;
    attribute(this.#edit, "title", resume?.edited ?? "Edit or cut the text, and go on from there");
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
    this.#resume.addEventListener("click", () => this.#act(() => this.#onResume(null)), on);
    this.#edit.addEventListener("click", () => this.#act(() => this.#onEdit()), on);
    this.#source.addEventListener("click", () => this.#act(() => (this.#asSource = !this.#asSource)), on);
    this.root.addEventListener("click", (event) => this.#onCopy(event.target as HTMLElement), on);
    this.#jump.addEventListener("click", () => this.#act(() => this.#follow.jump()), on);
    for (const { details } of this.#asides) details.addEventListener("toggle", this.#repaint, on);
    this.#scroller.addEventListener("scroll", () => this.#onScroll(), { signal, passive: true });
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

  #onResume(text: string | null, attempt = this.#session.shown?.row.attempt): void {
    if (attempt) this.#session.resume(attempt, text);
    this.#paintButtons(this.#session.shown);
  }

  #onEdit(): void {
    const shown = this.#session.shown;
    if (!shown) return;
    this.#editing = shown.row.attempt;
    this.#scroller.hidden = true;
    this.#editor.open(shown.text.toString(), shown.row.resume?.refusal ?? null);
  }

  /** Back to the text, and on with what was edited; nothing, if it was left. */
  #onEdited(text: string | null | undefined): void {
    const attempt = this.#editing ?? undefined;
    this.#editing = null;
    this.#editor.close();
    this.#scroller.hidden = false;
    if (text !== undefined) this.#onResume(text, attempt);
    this.#paintButtons(this.#session.shown);
    (text === undefined ? this.#edit : this.#scroller).focus({ preventScroll: true });
    this.#repaint();
  }

  #onCopy(target: HTMLElement): void {
    const what = target.closest<HTMLElement>(".nbstream-copy");
    if (!what) return;
    if (what === this.#copyText) void copy(what, readable(this.#text));
    else if (what === this.#copyMarkdown) void copy(what, this.#session.shown?.text.toString() ?? "");
    else void copy(what, what.closest(".nbstream-code")?.querySelector("code")?.textContent ?? "");
  }

  #onScroll(): void {
    this.#follow.scrolled();
    this.#jump.hidden = this.#follow.following;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    if (this.#target === null) return this.#compare.leave();
    event.preventDefault();
    event.stopPropagation();
    this.#onStop();
  }
}

/** What is done with attempts beside watching and stopping them. A bundle of its own, which a page loads once. */

import type { AttemptState } from "./attempt.ts";
import { Compare } from "./compare.ts";
import { copy, readable } from "./copy.ts";
import { attribute, button, copyButton } from "./dom.ts";
import { Editor } from "./editor.ts";
import { retryTitle, stopTitle } from "./format.ts";
import { Guards } from "./guards.ts";
import { Help } from "./help.ts";
import { Resize } from "./resize.ts";
import type { Session } from "./session.ts";
import { Spark } from "./spark.ts";

/** The view, as far as the tools need it. */
export interface Host {
  session: Session;
  repaint: () => void;
  signal: AbortSignal;
  root: HTMLElement;
  text: HTMLElement;
  /** Places: for what stands instead of the text, for the guards, and on either side of the strip. */
  body: HTMLElement;
  guards: HTMLElement;
  left: HTMLElement;
  right: HTMLElement;
  stop: HTMLElement;
  retry: HTMLElement;
  source: HTMLElement;
}

export class Tools {
  readonly #host: Host;
  readonly #resume = button("resume", "Continue", "");
  readonly #edit = button("edit", "Edit", "");
  readonly #toggle = button(
    "compare",
    "compare",
    "Two attempts side by side, word by word (Shift+click on a chip)",
  );
  readonly #copyText = copyButton("copy text", "Copy the answer as it reads");
  readonly #copyMarkdown = copyButton("copy Markdown", "Copy the exact text, as it came");
  readonly #compare: Compare;
  readonly #editor: Editor;
  readonly #guards: Guards;
  readonly #spark: Spark;
  readonly #resize: Resize;
  #editing: string | null = null;
  /** What was edited and left for another attempt, until it is come back to. */
  readonly #drafts = new Map<string, string>();

  constructor(host: Host) {
    const { session, repaint, signal } = host;
    this.#host = host;
    this.#compare = new Compare(session, repaint, signal, this.#toggle);
    this.#editor = new Editor((text) => this.#onEdited(text), signal);
    this.#guards = new Guards(session, repaint, signal);
    host.body.append(this.#editor.root, this.#compare.root);
    host.guards.append(this.#guards.root);
    this.#spark = new Spark(session);
    this.#resize = new Resize(host.root, host.body, signal);
    const help = new Help(host.root, signal);
    host.root.querySelector(".nbstream-model")?.after(this.#spark.root);
    host.body.after(this.#resize.root);
    host.root.append(help.root);
    host.left.append(this.#resume, this.#edit);
    host.right.prepend(this.#toggle, this.#copyText, this.#copyMarkdown);
    host.right.append(help.button);
    const on = { signal };
    this.#resume.addEventListener("click", () => this.#onResume(null), on);
    this.#edit.addEventListener("click", () => this.#onEdit(), on);
    this.#toggle.addEventListener(
      "click",
      () => (this.#compare.open ? this.#compare.leave() : this.compare("")),
      on,
    );
    host.source.addEventListener("click", () => this.#uncover(), on);
    host.root.addEventListener("click", (event) => this.#onCopy(event.target as HTMLElement), on);
  }

  /** Something stands in the place of the text. */
  get cover(): boolean {
    return this.#compare.open || this.#editing !== null;
  }

  paint(shown: AttemptState | null): void {
    const { list, live, retrying, saved, unanswered } = this.#host.session;
    const alone = saved && unanswered;
    if (this.#editing !== null && this.#editing !== shown?.row.attempt) this.#putAway();
    const busy = retrying || alone || this.#editing !== null;
    const resume = shown?.row.resume;
    if (shown) {
      attribute(this.#host.stop, "title", stopTitle((live ?? shown).row.meter));
      attribute(this.#host.retry, "title", retryTitle(shown.row.meter));
    }
    this.#resume.disabled = busy || !resume || !!resume.refusal;
    attribute(
      this.#resume,
      "title",
      resume?.refusal ?? resume?.note ?? "Go on from a text that was cut short",
    );
    this.#edit.disabled = busy || !resume || !!resume.edited || !shown?.loaded;
    attribute(this.#edit, "title", resume?.edited ?? "Edit or cut the text, and go on from there");
    // what was seen to stream keeps its height at the end, or the buttons below would jump under the pointer
    if (shown && !shown.ended) attribute(this.#host.root, "data-watched", "");
    this.#spark.paint(shown);
    this.#resize.paint();
    this.#guards.paint(shown);
    this.#compare.paint();
    this.#toggle.hidden = list.length < 2;
    this.#toggle.disabled = alone;
    attribute(this.#toggle, "aria-pressed", String(this.#compare.open));
  }

  /** Side by side with another attempt; with none named, the one that lies near. */
  compare(other: string): void {
    this.#putAway();
    this.#compare.enter(other);
  }

  /** Back to the text. */
  leave(): void {
    this.#compare.leave();
  }

  #onResume(text: string | null, attempt = this.#host.session.shown?.row.attempt): void {
    if (attempt) this.#host.session.resume(attempt, text);
    this.paint(this.#host.session.shown); // in the click's own frame
    this.#host.repaint();
  }

  #onEdit(): void {
    const shown = this.#host.session.shown;
    if (!shown) return;
    this.#compare.leave();
    const { attempt, resume } = shown.row;
    this.#editing = attempt;
    this.#editor.open(shown.text.toString(), resume?.refusal ?? null, this.#drafts.get(attempt));
    this.#drafts.delete(attempt);
    this.#host.repaint();
  }

  /** Something else comes into the editor's place: what was typed is kept for the next time. */
  #putAway(): void {
    if (this.#editing === null) return;
    this.#drafts.set(this.#editing, this.#editor.draft);
    this.#editing = null;
    const focused = this.#editor.root.contains(document.activeElement);
    this.#editor.close();
    if (focused) this.#host.root.focus({ preventScroll: true });
  }

  /** The text comes into sight, whatever stood in its place. */
  #uncover(): void {
    this.#putAway();
    this.#compare.leave(false);
  }

  /** Back to the text, and on with what was edited; nothing, if it was left. */
  #onEdited(text: string | null | undefined): void {
    const attempt = this.#editing ?? undefined;
    this.#editing = null;
    this.#editor.close();
    if (text !== undefined) this.#onResume(text, attempt);
    this.paint(this.#host.session.shown);
    this.#host.repaint();
    (text === undefined ? this.#edit : this.#host.root).focus({ preventScroll: true });
  }

  #onCopy(target: HTMLElement): void {
    const what = target.closest<HTMLElement>(".nbstream-copy");
    if (!what) return;
    if (what === this.#copyText) void copy(what, readable(this.#host.text));
    else if (what === this.#copyMarkdown) void copy(what, this.#host.session.shown?.text.toString() ?? "");
    else void copy(what, what.closest(".nbstream-code")?.querySelector("code")?.textContent ?? "");
  }
}

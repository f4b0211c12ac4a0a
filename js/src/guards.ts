/** The guards of the shown attempt: name, limit and how near; a click switches one off. */

import type { AttemptState } from "./attempt.ts";
import { attribute, make, set } from "./dom.ts";
import { guardText } from "./format.ts";
import type { Session } from "./session.ts";

export class Guards {
  readonly root = make("div", "guards", { role: "group", "aria-label": "Guards" });
  readonly #session: Session;
  readonly #repaint: () => void;
  readonly #buttons: HTMLButtonElement[] = [];
  #attempt = "";

  constructor(session: Session, repaint: () => void, signal: AbortSignal) {
    this.#session = session;
    this.#repaint = repaint;
    this.root.addEventListener("click", (event) => this.#onClick(event.target), { signal });
  }

  paint(shown: AttemptState | null): void {
    const guards = shown?.row.guards ?? [];
    this.#attempt = shown?.row.attempt ?? "";
    this.root.hidden = guards.length === 0;
    guards.forEach((guard, i) => {
      const node = this.#buttons[i] ?? this.#add();
      const live = shown?.ended === false && guard.state === "on";
      const text = guardText(guard, live);
      node.hidden = false;
      attribute(node, "data-state", guard.state);
      attribute(node, "aria-disabled", String(!live));
      attribute(node, "title", text.title);
      attribute(node, "aria-label", text.title);
      node.style.setProperty("--nbs-near", String(text.near));
      const [mark, name, limit] = [...node.children] as HTMLElement[];
      if (mark && name && limit) {
        set(mark, text.mark);
        set(name, guard.name);
        set(limit, guard.limit);
      }
    });
    for (const node of this.#buttons.slice(guards.length)) node.hidden = true;
  }

  #add(): HTMLButtonElement {
    const parts = ["mark", "label", "value"].map((name) => make("span", name));
    const node = make("button", "guard", { type: "button" }, ...parts);
    this.#buttons.push(node);
    this.root.append(node);
    return node;
  }

  #onClick(target: EventTarget | null): void {
    const at = this.#buttons.findIndex((node) => node.contains(target as Node | null));
    if (at >= 0) this.#session.guardOff(this.#attempt, at);
    this.paint(this.#session.shown); // in the click's own frame
    this.#repaint();
  }
}

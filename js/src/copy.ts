/** Puts text on the clipboard, and says so on the button that was pressed. */

import { make } from "./dom.ts";

const SAID_MS = 1500;

/** On plain http, which is how many Jupyter servers are reached, there is no `navigator.clipboard`. */
async function write(text: string, host: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const focused = document.activeElement as HTMLElement | null;
    const area = host.appendChild(make("textarea", "clipboard", {}, text));
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    focused?.focus({ preventScroll: true });
    return done;
  }
}

/** The label is drawn by CSS: it is no part of the text that is copied or searched. */
export async function copy(button: HTMLElement, text: string): Promise<void> {
  const said = (await write(text, button.parentElement as Element)) ? "copied" : "not copied";
  const before = button.dataset.label ?? "";
  if (before.endsWith("copied")) return;
  button.dataset.label = button.ariaLabel = said;
  setTimeout(() => {
    button.dataset.label = before;
    button.ariaLabel = button.title;
  }, SAID_MS);
}

/** What is read on the screen: the text without what is drawn beside it. Shown for that: nobody reads what is hidden. */
export function readable(root: HTMLElement): string {
  const hidden = root.closest("[hidden]");
  root.classList.add("nbstream-copying");
  hidden?.removeAttribute("hidden");
  const text = root.innerText;
  hidden?.setAttribute("hidden", "");
  root.classList.remove("nbstream-copying");
  return text.trim();
}

/** Hands finished code blocks and formulas to what draws them, which the kernel sends when a page first needs it. */

import type { Lazy } from "./lazy.ts";

/** What the page has for formulas: JupyterLab's typesetter turns the TeX within an element into its drawing. */
export interface Typesetter {
  typeset(node: HTMLElement): unknown;
}

/** What static/extras.js exports. */
export interface Extras {
  code(node: HTMLElement, language: string): void;
  /** `next`: the text behind it, which tells a formula from money. */
  formula(node: HTMLElement, next: string, typesetter: Typesetter): void;
}

export class Finisher {
  readonly #extras: Lazy<Extras>;
  readonly #typesetter: () => Typesetter | undefined;

  constructor(extras: Lazy<Extras>, typesetter: () => Typesetter | undefined) {
    this.#extras = extras;
    this.#typesetter = typesetter;
  }

  /** A code block has closed. */
  code(node: HTMLElement, language: string): void {
    if (language) this.#extras.with((extras) => extras.code(node, language));
  }

  /** A formula has closed. Without a typesetter its source is what is shown. */
  formula(node: HTMLElement, next: string): void {
    const typesetter = this.#typesetter();
    if (typesetter) this.#extras.with((extras) => extras.formula(node, next, typesetter));
  }
}

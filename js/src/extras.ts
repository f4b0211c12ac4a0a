/** Colours for code and drawings for formulas: a bundle of its own, loaded when a page first needs one. */

import { paint } from "./colours.ts";
import type { Typesetter } from "./finish.ts";
import { draw } from "./formula.ts";

/** Work for one turn; then the page has its turn. */
const SLICE_MS = 8;

const waiting: (() => void)[] = [];
let running = false;

function run(): void {
  const start = performance.now();
  while (waiting.length && performance.now() - start < SLICE_MS) waiting.shift()?.();
  running = waiting.length > 0;
  if (running) setTimeout(run);
}

function later(job: () => void): void {
  waiting.push(job);
  if (!running) setTimeout(run);
  running = true;
}

export function code(node: HTMLElement, language: string): void {
  later(() => paint(node, language));
}

export function formula(node: HTMLElement, next: string, typesetter: Typesetter): void {
  later(() => void draw(node, next, typesetter));
}

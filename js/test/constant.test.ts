/** What a frame costs does not grow with the text: counted in operations on the DOM, not by the clock. */

import { afterEach, expect, test, vi } from "vitest";
import { Pane } from "../src/pane.ts";
import { Session } from "../src/session.ts";
import { GrowingText } from "../src/text.ts";
import { delta, start } from "./make.ts";

const LENGTHS = [1_000, 10_000, 100_000];
const WINDOW = 1_000;
const PER_FRAME = 20;

const words = "the model reads each word of text and then makes a guess".split(" ");
/** A thousand tokens of Markdown, the same again and again: each window touches what each other one does. */
const PIECES: string[] = [];
while (PIECES.length < WINDOW) {
  const part = ["## ", "Part", "\n\n"];
  for (let n = 0; n < 60; n += 1) part.push(n % 9 ? ` ${words[n % words.length]}` : " **bold**");
  part.push("\n\n", "- ", "one", "\n", "- ", "two", "\n\n", "|a|b|\n", "|-|-|\n", "|1|", "2|\n", "\n");
  part.push("```", "python\n", "x = 1\n", "```", "\n\n");
  PIECES.push(...part.slice(0, WINDOW - PIECES.length - 2));
  if (WINDOW - PIECES.length <= 2) PIECES.push("\n", "\n");
}

afterEach(() => vi.restoreAllMocks());

/** Counts calls that make, move or change nodes, and the characters in them. */
function counted(): { operations: number; characters: number } {
  const count = { operations: 0, characters: 0 };
  const spied: [object, string][] = [
    [Node.prototype, "appendChild"],
    [Node.prototype, "insertBefore"],
    [Node.prototype, "removeChild"],
    [Element.prototype, "append"],
    [Element.prototype, "replaceChildren"],
    [Element.prototype, "remove"],
    [CharacterData.prototype, "appendData"],
    [Document.prototype, "createElement"],
    [Document.prototype, "createTextNode"],
  ];
  for (const [owner, name] of spied) {
    const own = (owner as Record<string, (...given: unknown[]) => unknown>)[name];
    if (!own) throw new Error(`no ${name}`);
    vi.spyOn(owner as Record<string, () => unknown>, name).mockImplementation(function (
      this: unknown,
      ...given: unknown[]
    ) {
      count.operations += 1;
      for (const one of given) if (typeof one === "string") count.characters += one.length;
      return own.apply(this, given);
    });
  }
  return count;
}

for (const mode of ["markdown", "source"] as const) {
  test(`a thousand tokens touch as many nodes at 100,000 as at 1,000 (${mode})`, () => {
    const pane = new Pane(document.createElement("div"));
    const text = new GrowingText();
    const count = counted();
    const found: (typeof count)[] = [];
    for (let length = 0; length < 100_000; length += WINDOW) {
      const before = { ...count };
      for (let at = 0; at < WINDOW; at += PER_FRAME) {
        for (const piece of PIECES.slice(at, at + PER_FRAME)) text.append(piece);
        pane.paint(text, mode, false, 0);
      }
      if (LENGTHS.includes(length + WINDOW))
        found.push({
          operations: count.operations - before.operations,
          characters: count.characters - before.characters,
        });
    }
    expect(found).toHaveLength(3);
    for (const what of ["operations", "characters"] as const) {
      const values = found.map((one) => one[what]);
      expect(Math.min(...values)).toBeGreaterThan(0);
      expect(Math.max(...values)).toBeLessThanOrEqual(1.1 * Math.min(...values));
    }
  });
}

test("a delta joins no text that came before it", () => {
  const session = new Session(
    () => {},
    () => 0,
  );
  session.receive(start());
  const joins = vi.spyOn(GrowingText.prototype, "toString");
  for (let seq = 2; seq < 10_000; seq += 1) session.receive(delta(seq, " word"));
  expect(session.shown?.text.length).toBe(5 * 9_998);
  expect(joins).not.toHaveBeenCalled();
});

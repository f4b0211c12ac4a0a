/** Soups of what Markdown and attackers are made of. Short and the same each time; `make fuzz` goes on for long. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { render } from "./render.ts";

const FUZZ = Number(process.env.NBSTREAM_FUZZ ?? 0);
const PATIENCE_MS = FUZZ ? 3_600_000 : 30_000;
/** With NBSTREAM_FUZZ so many runs, other ones each time; a failure prints the seed that repeats it. */
const runs = (short: number, seed: number) => (FUZZ ? { numRuns: FUZZ } : { numRuns: short, seed });

const NASTY = [
  "<script>",
  "onerror=",
  "javascript:",
  "<img src=x>",
  "](javascript:x)",
  "](https://e.org/?",
  "![",
  "<br>",
  "\u202e",
  "\u2067",
];
const PIECES = [
  "*",
  "**",
  "_",
  "__",
  "~~",
  "`",
  "```",
  "\n",
  "\n\n",
  "    ",
  "   ",
  "> ",
  "- ",
  "# ",
  "| ",
  "|",
  "|---|\n",
  "[",
  "]",
  "(",
  ")",
  "](",
  "$",
  "$$",
  "$$\n",
  "\\(",
  "\\)",
  "\\[\n",
  "\\]",
  "\\",
  "!",
  "<",
  " ",
  "http",
  "1. ",
  "- [x] ",
  "---\n",
  "+ ",
];
const word = fc.stringMatching(/^[a-z]{1,6}\d?$/);
const piece = fc.oneof({ weight: 2, arbitrary: word }, { weight: 3, arbitrary: fc.constantFrom(...PIECES) });
const soup = fc.array(piece, { maxLength: 60, size: "max" });

/** Letters of the words, which must be readable whatever stands between them. */
const letters = (words: string[]) => words.join("").replace(/[^\p{L}\p{N}]/gu, "");

function inOrder(needle: string, hay: string): boolean {
  let at = 0;
  for (const char of hay) if (char === needle[at]) at += 1;
  return at === needle.length;
}

test(
  "every letter and digit of the source is on the screen, in order",
  () => {
    fc.assert(
      fc.property(soup, fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        const wanted = letters(pieces.filter((p) => /^[a-z]{1,6}\d?$/.test(p)));
        const shown = letters([render(pieces.join(""), size).textContent ?? ""]);
        return inOrder(wanted, shown);
      }),
      runs(2000, 77),
    );
  },
  PATIENCE_MS,
);

test(
  "however it is cut, the same text comes out",
  () => {
    fc.assert(
      fc.property(soup, fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        const source = pieces.join("");
        return render(source, size).textContent === render(source).textContent;
      }),
      runs(1000, 5),
    );
  },
  PATIENCE_MS,
);

test(
  "no soup makes an element, an address or a handler that is not ours",
  () => {
    const allowed =
      /^(P|H[1-6]|EM|STRONG|S|CODE|PRE|A|BR|HR|UL|OL|LI|BLOCKQUOTE|TABLE|THEAD|TBODY|TR|TH|TD|DIV|SPAN|INPUT|BUTTON)$/;
    const attributes =
      /^(href|title|target|rel|class|type|disabled|checked|start|data-label|aria-label|dir|tabindex)$/;
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, fc.constantFrom(...NASTY)), { maxLength: 60, size: "max" }),
        (pieces) => {
          for (const node of render(pieces.join(""), 5).querySelectorAll("*")) {
            expect(node.tagName).toMatch(allowed);
            for (const { name } of node.attributes) expect(name).toMatch(attributes);
            if (node.className)
              expect(node.className).toMatch(
                /^nbstream-(bar|code|copy|formula|lang|math|part|table|task|tex|turn)$/,
              );
            if (node.hasAttribute("href"))
              expect(node.getAttribute("href")).toMatch(/^(https?:\/\/|mailto:)/);
          }
        },
      ),
      runs(1000, 13),
    );
  },
  PATIENCE_MS,
);

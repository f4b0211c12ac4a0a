import { afterEach, beforeEach, expect, test } from "vitest";
import { draw, inside, isFormula, isSafe } from "../src/formula.ts";

test.each([
  ["$x$", "x", false],
  ["$$x$$", "x", true],
  ["\\(x\\)", "x", false],
  ["\\[\nx\n\\]", "\nx\n", true],
])("%j holds %j", (source, tex, display) => {
  expect(inside(source)).toEqual({ tex, display });
});

test.each([
  ["$5 and $", "10", false],
  ["$HOME:$", "PATH", false],
  ["$ x $", "", false],
  ["$5-$", "10", false],
  ["$x$", "", true],
  ["$x$", ".", true],
  ["$n$", "th", true],
  ["$$x$$", "1", true],
])("%j before %j is a formula: %s", (source, next, formula) => {
  expect(isFormula(source, next)).toBe(formula);
});

test.each([
  "x^2 + \\frac{a}{b}",
  "\\operatorname{softmax}(QK^\\top/\\sqrt{d_k})\\,V",
  "\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}",
  "\\begin{array}{|c|r}a & b\\\\[2pt] c & d\\end{array}",
  "\\begin{alignedat}{2}a &= b & c &= d\\end{alignedat}",
  "\\left\\{ x \\mid x > 0 \\right\\}",
  "\\text{if } x \\ge 50\\%".replace("\\%", ""),
])("%s is mathematics", (tex) => {
  expect(isSafe(tex)).toBe(true);
});

test.each([
  "\\href{javascript:alert(1)}{x}",
  "\\mmlToken{mglyph}[src='https://e.org']{}",
  "\\require{html}",
  "\\class{jp-Notebook}{x}",
  "\\cssId{x}{y}",
  "\\style{position:fixed}{x}",
  "\\data{a=b}{x}",
  "\\def\\a{\\a\\a}\\a",
  "\\newcommand{\\x}{y}",
  "\\let\\frac\\href",
  "\\csname href\\endcsname{javascript:x}{y}",
  "\\includegraphics{https://e.org}",
  "\\begin{evil}x\\end{evil}",
  "\\begin x",
  "\\rule{9999px}{9999px}",
  "\\unicode{x202e}",
  "\\label{a}",
  "\\begin{alignedat}{999999999}x\\end{alignedat}",
  "\\begin{array}{*{999999999}{c}}x\\end{array}",
  "\\begin {array} {p{999em}}x\\end{array}",
  "\\begin{matrix}a\\\\[99999em]b\\end{matrix}",
  "\\begin{matrix}a\\\\* [9e9em]b\\end{matrix}",
  "\\hspace{-99em}x",
  "\\phantom{x}",
  "a % hidden",
  "a $ b",
  "\\) \\href{x}{y} \\(",
  "#1",
  "a \u202e b",
  "",
  "x".repeat(4000),
  "{".repeat(30) + "}".repeat(30),
  "{",
  "}{",
  "\\left(".repeat(40),
  "\\",
])("%s is left as source", (tex) => {
  expect(isSafe(tex)).toBe(false);
});

let root: HTMLElement;
beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
});
afterEach(() => root.remove());

function formula(source: string): HTMLElement {
  const [node, tex] = [document.createElement("span"), document.createElement("span")];
  tex.append(source);
  node.append(tex);
  root.append(node);
  return node;
}
/** Puts this element where the TeX was, as MathJax does. */
const typesetter = (...tags: string[]) => ({
  typeset(node: HTMLElement) {
    node.replaceChildren(...tags.map((tag) => document.createElement(tag)));
  },
});

test("a formula is drawn behind its source", async () => {
  const node = formula("$x^2$");
  await draw(node, "", typesetter("mjx-container"));
  expect(node.classList.contains("nbstream-drawn")).toBe(true);
  expect(node.textContent).toBe("$x^2$");
});

test.each(["a", "img", "script", "mjx-merror"])("a drawing with <%s> is taken away again", async (tag) => {
  const node = formula("$x^2$");
  await draw(node, "", typesetter("mjx-container", tag));
  expect(node.children).toHaveLength(1);
  expect(node.classList.contains("nbstream-drawn")).toBe(false);
});

test("a typesetter that fails leaves the source", async () => {
  const node = formula("$x^2$");
  const failing = { typeset: () => Promise.reject(new Error("no fonts")) };
  await draw(node, "", failing);
  expect(node.textContent).toBe("$x^2$");
});

test("the typesetter never sees what is not safe", async () => {
  const node = formula("\\(\\href{javascript:x}{y}\\)");
  let seen = 0;
  await draw(node, "", { typeset: () => (seen += 1) });
  expect(seen).toBe(0);
});

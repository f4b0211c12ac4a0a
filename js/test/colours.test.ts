import { afterEach, beforeEach, expect, test } from "vitest";
import { paint, tokens } from "../src/colours.ts";

let root: HTMLElement;
beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
});
afterEach(() => root.remove());

function block(code: string): HTMLElement {
  const node = document.createElement("code");
  node.append(code);
  root.append(node);
  return node;
}

const SAMPLES: [language: string, code: string][] = [
  ["python", "def f(x: int):\n    return f'{x}'  # c"],
  ["bash", 'for f in *.py; do echo "$f"; done'],
  ["json", '{"a": [1, true]}'],
  ["sql", "SELECT a FROM b WHERE c > 1;"],
  ["js", "const f = (x) => `${x}`;"],
  ["ts", "interface A { b: string }"],
  ["html", "<p class='x'>a<script>let b = 1;</script></p>"],
  ["xml", "<a b='c'/>"],
  ["css", ".a { color: red }"],
  ["yaml", "a: 1\nb: [c]"],
  ["markdown", "# a\n*b*"],
  ["r", "f <- function(x) x + 1"],
  ["julia", "function f(x)\n  x + 1\nend"],
  ["java", "class A { int b = 1; }"],
  ["c", "int main(void) { return 0; }"],
  ["c++", "auto x = std::vector<int>{1};"],
  ["rust", "fn main() { let x = 1; }"],
  ["go", "func main() { x := 1 }"],
  ["tex", "\\frac{a}{b} % c"],
  ["diff", "- a\n+ b"],
  ["toml", "[a]\nb = 1"],
  ["ini", "[a]\nb=1"],
];

test.each(SAMPLES)("%s has colours, and not a character is lost", (language, code) => {
  const node = block(code);
  paint(node, language);
  expect(node.querySelectorAll("span").length).toBeGreaterThan(0);
  expect(node.textContent).toBe(code);
  for (const span of node.querySelectorAll("*"))
    expect(span.className).toMatch(
      /^nbstream-hl-(keyword|string|number|comment|name|type|attr|meta|added|removed)$/,
    );
});

test("markup in code stays text", () => {
  const node = block("x = '<img src=x onerror=alert(1)>'");
  paint(node, "python");
  expect(node.querySelector("img")).toBeNull();
  expect(node.textContent).toBe("x = '<img src=x onerror=alert(1)>'");
});

test("a language that is not known stays plain", () => {
  expect(tokens("a", "unheard-of")).toBeNull();
});

test("a very long block stays plain: its cost would be felt", () => {
  const node = block("x = 1\n".repeat(5000));
  paint(node, "python");
  expect(node.children).toHaveLength(0);
});

test("a block with characters that turn the reading order stays as it is", () => {
  const node = block("if x: ");
  const turn = document.createElement("span");
  node.append(turn);
  paint(node, "python");
  expect(node.children).toHaveLength(1);
  expect(node.lastChild).toBe(turn);
});

test("a selection in the block stays where it was", () => {
  const node = block("for x in y: pass");
  const selection = document.getSelection() as Selection;
  selection.setBaseAndExtent(node.firstChild as Text, 10, node.firstChild as Text, 4);
  paint(node, "python");
  expect(selection.toString()).toBe("x in y");
  expect(selection.anchorNode?.textContent).not.toBe("for x in y: pass");
});

test("an unbroken run that a grammar would take minutes for stays plain", () => {
  const node = document.body.appendChild(document.createElement("code"));
  node.textContent = "[](".repeat(6000);
  paint(node, "markdown");
  expect(node.childElementCount).toBe(0);
});

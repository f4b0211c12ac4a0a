import { expect, test } from "vitest";
import { Markdown, PlainText } from "../src/markdown.ts";
import { Parser } from "../src/parser.ts";
import { render } from "./render.ts";

/** Markup as the browser would show it, with the attributes that matter. */
function html(source: string, size?: number): string {
  const shown = render(source, size || source.length || 1).innerHTML;
  return shown.replaceAll(' dir="auto"', "").replaceAll(' tabindex="0"', "");
}

const LINK = (href: string, text: string) =>
  `<a href="${href}" title="${href}" target="_blank" rel="noopener noreferrer nofollow">${text}</a>`;

const CODE = (label: string, code: string) =>
  `<div class="nbstream-code"><div class="nbstream-bar">${label && `<span class="nbstream-lang">${label}</span>`}<button class="nbstream-copy" type="button" title="Copy the code" data-label="copy" aria-label="Copy the code"></button></div><pre><code>${code}</code></pre></div>`;
const TEX = (tex: string) => `<span class="nbstream-formula"><span class="nbstream-tex">${tex}</span></span>`;
const MATH = (tex: string) => `<span class="nbstream-math"><span class="nbstream-tex">${tex}</span></span>`;

const CASES: [source: string, html: string][] = [
  ["plain words", "<p>plain words</p>"],
  ["# One\n\n## Two\n\ntext", "<h1>One</h1><h2>Two</h2><p>text</p>"],
  ["a **b** *c* ~~d~~ `e`", "<p>a <strong>b</strong> <em>c</em> <s>d</s> <code>e</code></p>"],
  ["- a\n- b\n  - c", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"],
  ["3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'],
  ["> quoted", "<blockquote><p>quoted</p></blockquote>"],
  ["one\n\n---\n\ntwo", "<p>one</p><hr><p>two</p>"],
  ["```py\nx = 1\n```\nafter", `${CODE("py", "x = 1")}<p>after</p>`],
  [
    "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n",
    '<div class="nbstream-table"><table><thead><tr><th> a </th><th> b </th></tr></thead><tbody><tr><td> 1 </td><td> 2 </td></tr><tr><td> 3 </td><td> 4 </td></tr></tbody></table></div>',
  ],
  [
    "- [x] done\n- [ ] open",
    '<ul><li class="nbstream-task"><input type="checkbox" disabled="" checked=""> done</li><li class="nbstream-task"><input type="checkbox" disabled=""> open</li></ul>',
  ],
  ["see [docs](https://example.org/a) now", `<p>see ${LINK("https://example.org/a", "docs")} now</p>`],
  ["see https://example.org/a.", `<p>see ${LINK("https://example.org/a", "https://example.org/a.")}</p>`],
  [
    "**bold [in](https://example.org/)**",
    `<p><strong>bold ${LINK("https://example.org/", "in")}</strong></p>`,
  ],

  // code, lists and text in a list, behind a blank line or not
  [
    "1. Install:\n\n   ```bash\n   pip install x\n     y\n   ```\n\n2. Run",
    `<ol><li>Install:${CODE("bash", "pip install x\n  y")}</li><li>Run</li></ol>`,
  ],
  ["- a\n  ```\n  x\n\n\n  y\n  ```\n- b", `<ul><li>a${CODE("", "x\n\n\ny")}</li><li>b</li></ul>`],
  [
    "- a\n  - b\n\n    ```\n    x\n    ```\n- c",
    `<ul><li>a<ul><li>b${CODE("", "x")}</li></ul></li><li>c</li></ul>`,
  ],
  ["- a\n    ```\n    x\n    ```\n  more", `<ul><li>a${CODE("", "x")}<p>more</p></li></ul>`],
  ["- a\n  ```\n  x\n  ```\n\n**Note**", `<ul><li>a${CODE("", "x")}</li></ul><p><strong>Note</strong></p>`],
  ["- a\n\n  - b\n\n\n- c\n\nd", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul><p>d</p>"],
  ["1. a\n\n   b\n\n2. c", "<ol><li>a<br>b</li><li>c</li></ol>"],

  // what the parser would eat, put back
  ["a snake_case_name here", "<p>a snake_case_name here</p>"],
  ["a snake_case and", "<p>a snake_case and</p>"],
  ["call __init__ or x__y__z", "<p>call <strong>init</strong> or x__y__z</p>"],
  ["call _private_method now", "<p>call _private_method now</p>"],
  ["an _emphasis_ kept", "<p>an <em>emphasis</em> kept</p>"],
  ["array[0] and m[i][j]", "<p>array[0] and m[i][j]</p>"],
  ["cut off [in a link", "<p>cut off [in a link</p>"],
  ["cut off [in](https://exa", "<p>cut off [in](https://exa</p>"],
  ["$HOME then $PATH", `<p>${TEX("$HOME then $")}PATH</p>`],
  ["so $x_1$ and \\(y\\) hold", `<p>so ${TEX("$x_1$")} and ${TEX("\\(y\\)")} hold</p>`],
  ["$$\nx^2\n$$\n", `<p>${MATH("$$\nx^2\n$$")}</p>`],
  ["\\[\nx\n\\]\n", `<p>${MATH("\\[\nx\n\\]")}</p>`],
  // formulas on one line, over lines, in a list; dollars that are none
  ["$$x^2$$", `<p>${MATH("$$x^2$$")}</p>`],
  ["\\[ x \\]", `<p>${MATH("\\[ x \\]")}</p>`],
  ["so \\[a\n= b\\] is", `<p>so ${MATH("\\[a\n= b\\]")} is</p>`],
  ["- \\[x\\]\n- b", `<ul><li>${MATH("\\[x\\]")}</li><li>b</li></ul>`],
  ["open $$x\n\n# ends", `<p>open ${MATH("$$x")}</p><h1>ends</h1>`],
  ["it costs $5 and $10.", "<p>it costs $5 and $10.</p>"],
  ["a \\$5 note", "<p>a $5 note</p>"],

  // footnotes stay text
  ["text[^1] and[^note]\n\n[^1]: The note.", "<p>text[^1] and[^note]</p><p>[^1]: The note.</p>"],

  ["*args, and **kwargs", "<p>*args, and **kwargs</p>"],
  ["f(*args) is\n\nnext", "<p>f(*args) is</p><p>next</p>"],
  ["lone $x swallows\n\n# nothing", `<p>lone ${TEX("$x swallows")}</p><h1>nothing</h1>`],
  ["lone ![x swallows\n\n# nothing", "<p>lone <a>![x swallows</a></p><h1>nothing</h1>"],

  [
    "| a |\n|---|\n| 1 |\nafter| it",
    '<div class="nbstream-table"><table><thead><tr><th> a </th></tr></thead><tbody><tr><td> 1 </td></tr></tbody></table></div><p>after| it</p>',
  ],
  [
    "|---|\n| ```a\n",
    '<div class="nbstream-table"><table><thead><tr><th>---</th></tr></thead></table></div>| ' + CODE("a", ""),
  ],
  ["```\nabc```\nd\n```\n", CODE("", "abc```\nd")],

  // hostile
  ["[x](javascript:alert(1))", "<p><a>[x](javascript:alert(1)</a>)</p>"],
  ["[x](data:text/html,hi)", "<p><a>[x](data:text/html,hi)</a></p>"],
  ["[x](/api/shutdown)", "<p><a>[x](/api/shutdown)</a></p>"],
  ["<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"],
  ['<img src=x onerror="alert(1)">', '<p>&lt;img src=x onerror="alert(1)"&gt;</p>'],
  ["![a cat](https://example.org/c.png)", `<p>${LINK("https://example.org/c.png", "a cat")}</p>`],
  ["![](https://example.org/?q=secret)", `<p>${LINK("https://example.org/?q=secret", "image")}</p>`],
  ["![x](data:image/png;base64,AA)", "<p><a>![x](data:image/png;base64,AA)</a></p>"],
  ["![a](//e.org/x.png)", "<p><a>![a](//e.org/x.png)</a></p>"],
  ["[x](JaVaScript:alert(1))", "<p><a>[x](JaVaScript:alert(1)</a>)</p>"],
  ["[x](vbscript:x)", "<p><a>[x](vbscript:x)</a></p>"],
  ["[x](https://a@e.org/)", "<p><a>[x](https://a@e.org/)</a></p>"],
  ["<style>*{display:none}</style>", "<p>&lt;style&gt;*{display:none}&lt;/style&gt;</p>"],
  [
    '<a id=x name=y class="nbstream-stop" href=javascript:x>',
    '<p>&lt;a id=x name=y class="nbstream-stop" href=javascript:x&gt;</p>',
  ],
  ["# x {#id .class onclick=y}", "<h1>x {#id .class onclick=y}</h1>"],
  ['```"><img src=x>\nx\n```\n', CODE('"&gt;&lt;img src=x&gt;', "x")],
];

/** An anchor without an address is inert and looks like text; the cases above read better without it. */
const inert = (markup: string) => markup.replace(/<a>(.*?)<\/a>/gs, "$1");

test.each(CASES)("%j, whole", (source, expected) => {
  expect(inert(html(source))).toBe(inert(expected));
});

test.each(CASES)("%j, character by character", (source, expected) => {
  expect(inert(html(source, 1))).toBe(inert(expected));
});

test("an image in a link makes no link in a link", () => {
  const root = render("[![alt](https://example.org/i.png)](https://example.org/)");
  expect(root.querySelectorAll("a")).toHaveLength(1);
  expect(root.textContent).toBe("alt");
});

test("a long text comes in parts, all of it", () => {
  const root = render("line\n\n".repeat(100), 5);
  expect([...root.querySelectorAll(".nbstream-part")].map((part) => part.children.length)).toEqual([40, 20]);
  expect(root.querySelectorAll("p")).toHaveLength(100);
});

test("text goes on in the last text node", () => {
  const root = render("word ".repeat(200), 7);
  expect(root.querySelectorAll("p")[0]?.childNodes).toHaveLength(1);
});

test("one endless line is cut into nodes of bounded length", () => {
  const root = render("x".repeat(100_000), 64);
  const nodes = [...(root.firstElementChild?.childNodes ?? [])];
  expect(nodes.length).toBeLessThan(60);
  expect(root.textContent).toHaveLength(100_000);
});

const LENGTH = 100_000;
test.each([
  ["dashes", "-"],
  ["backticks", "`"],
  ["stars", "*"],
  ["digits", "1"],
  ["an open link", "[a](", "x"],
  ["an open image", "![a](", "x"],
  ["a bare address", "https://", "x"],
  ["a fence label", "```", "x"],
  ["backticks in a fence", "```\n", "`"],
  ["a table rule", "|a|\n|", "-"],
  ["an open break", "<br", " "],
  ["dollars", "$"],
  ["brackets", "["],
])("100 kB of %s holds back a bounded piece", (_, opening, filler = opening) => {
  const root = document.createElement("div");
  const markdown = new Markdown(root);
  markdown.write(opening);
  let cost = 0;
  let longest = 0;
  for (let at = 0; at < LENGTH; at += 64) {
    markdown.write(filler.repeat(64));
    longest = Math.max(longest, markdown.pending);
    cost += 64 * markdown.pending;
  }
  expect(longest).toBeLessThanOrEqual(4096 + 64);
  // each character costs what is held back: without the cap this is 5e9
  expect(cost).toBeLessThan(LENGTH * 4096);
  expect(root.querySelectorAll("*").length).toBeLessThan(LENGTH);
});

test("after a line that was given up, Markdown goes on", () => {
  const root = render(`${"-".repeat(9000)}\n\n# heading\n`, 64);
  expect(root.querySelector("h1")?.textContent).toBe("heading");
  expect(root.textContent).toContain("-".repeat(9000));
});

test.each([
  ["quotes", "> ".repeat(300)],
  ["lists", Array.from({ length: 60 }, (_, i) => `${"  ".repeat(i)}- x${i}\n`).join("")],
  ["emphasis", "*a _b ".repeat(200)],
  ["brackets", "[a ".repeat(300)],
])("nested %s neither fail nor grow a tower of elements", (_, source) => {
  const root = render(`${source}end`, 3);
  let depth = 0;
  for (let node: Element | null = root; node; node = node.lastElementChild) depth += 1;
  expect(depth).toBeLessThan(60);
  expect(root.textContent).toContain("end");
});

const SEEN = (code: string) =>
  `<span class="nbstream-turn" title="U+${code}">${String.fromCodePoint(Number.parseInt(code, 16))}</span>`;
test.each(["202A", "202B", "202C", "202D", "202E", "2066", "2067", "2068", "2069"])(
  "U+%s, which turns the reading order, stands alone wherever it is",
  (code) => {
    const turn = String.fromCodePoint(Number.parseInt(code, 16));
    for (const [source, expected] of [
      [`a${turn}b`, `<p>a${SEEN(code)}b</p>`],
      [`\`a${turn}\``, `<p><code>a${SEEN(code)}</code></p>`],
      [`\`\`\`${turn}\n${turn}x\n\`\`\``, CODE(SEEN(code), `${SEEN(code)}x`)],
      [`[${turn}x](https://e.org/)`, `<p>${LINK("https://e.org/", `${SEEN(code)}x`)}</p>`],
      [`*a${turn}`, `<p>*a${SEEN(code)}</p>`],
    ] as const) {
      for (const size of [1, 99]) {
        expect(inert(html(source, size))).toBe(inert(expected));
        expect(render(source).textContent).toContain(turn);
      }
    }
    const root = document.createElement("div");
    new PlainText(root).write(`a${turn}b`);
    expect(root.innerHTML).toBe(`a${SEEN(code)}b`);
  },
);

const REPEATED: [what: string, source: string][] = [
  ["rows", `|a|\n|-|\n${"|b|\n".repeat(20_000)}`],
  ["columns", `${"|a".repeat(20_000)}|\n${"|-".repeat(20_000)}|\n`],
  ["lists", Array.from({ length: 300 }, (_, i) => `${" ".repeat(i * 2)}- x\n`).join("")],
  ["quotes", ">".repeat(50_000)],
  ["quotes on each line", `${">".repeat(30)}x\n`.repeat(2000)],
  ["list marks", "1. ".repeat(20_000)],
  ["mixed marks", "> - > - > 1. ".repeat(5000)],
  ["open emphasis", "*a **b _c __d ~~e ".repeat(5000)],
  ["words with underscores", "_a_b".repeat(20_000)],
  ["code", "`a` ".repeat(20_000)],
  ["links", "[x](https://a.b) ".repeat(5000)],
  ["no links", "[a](b) ".repeat(20_000)],
  ["images", "![".repeat(40_000)],
  ["blanks in a link", `[a](${" ".repeat(4000)}x) `.repeat(20)],
  ["formulas", "$a$ ".repeat(20_000)],
  ["breaks", "<br>".repeat(20_000)],
  ["fences", "```a\nb\n```\n".repeat(8000)],
  ["boxes", "- [x] a\n".repeat(10_000)],
  ["headings", "# a\n".repeat(20_000)],
];

test.each(REPEATED)("many %s are drawn in steps that grow with the length alone", (_, source) => {
  let steps = 0;
  const step = () => {
    steps += 1;
  };
  const drawing = { addToken: step, endToken: step, addText: step, setAttribute: step, closeAll: step };
  const parser = new Parser(drawing);
  parser.write(source);
  parser.end();
  expect(steps).toBeLessThan(2 * source.length + 10);
});

test("emphasis that was none gives its children back one by one: a call takes only so many", () => {
  const root = document.createElement("div");
  const most = 2000;
  const limited = Element.prototype.replaceWith;
  let longest = 0;
  Element.prototype.replaceWith = function (...nodes) {
    longest = Math.max(longest, nodes.length);
    limited.apply(this, nodes);
  };
  try {
    const markdown = new Markdown(root);
    markdown.write(`*${"`a` ".repeat(most)}`);
    markdown.end();
  } finally {
    Element.prototype.replaceWith = limited;
  }
  expect(root.querySelectorAll("code")).toHaveLength(most);
  expect(longest).toBe(2);
});

test("lists, quotes and tables begin on the side of their text, and code can be scrolled by keyboard", () => {
  const source = "- [x] a\n  1. b\n\n> c\n\n| d |\n|---|\n| e |\n\n```py\nf\n```\n";
  const shown = render(source);
  expect([...shown.querySelectorAll("[dir=auto]")].map((node) => node.tagName)).toEqual([
    "UL",
    "OL",
    "BLOCKQUOTE",
    "TABLE",
  ]);
  expect([...shown.querySelectorAll("[tabindex]")].map((node) => node.tagName)).toEqual(["PRE"]);
});

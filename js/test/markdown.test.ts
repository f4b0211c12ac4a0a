import fc from "fast-check";
import { expect, test } from "vitest";
import { Markdown } from "../src/markdown.ts";

function render(source: string, size = source.length): HTMLElement {
  const root = document.createElement("div");
  const markdown = new Markdown(root);
  for (let at = 0; at < source.length; at += size) markdown.write(source.slice(at, at + size));
  markdown.end();
  return root;
}

/** Markup as the browser would show it, with the attributes that matter. */
function html(source: string, size?: number): string {
  return render(source, size || source.length || 1).innerHTML;
}

const LINK = (href: string, text: string) =>
  `<a href="${href}" title="${href}" target="_blank" rel="noopener noreferrer nofollow">${text}</a>`;

const CASES: [source: string, html: string][] = [
  ["plain words", "<p>plain words</p>"],
  ["# One\n\n## Two\n\ntext", "<h1>One</h1><h2>Two</h2><p>text</p>"],
  ["a **b** *c* ~~d~~ `e`", "<p>a <strong>b</strong> <em>c</em> <s>d</s> <code>e</code></p>"],
  ["- a\n- b\n  - c", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"],
  ["3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'],
  ["> quoted", "<blockquote><p>quoted</p></blockquote>"],
  ["one\n\n---\n\ntwo", "<p>one</p><hr><p>two</p>"],
  [
    "```py\nx = 1\n```\nafter",
    '<pre><span class="nbstream-lang">py</span><code>x = 1</code></pre><p>after</p>',
  ],
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

  // what the parser would eat, put back
  ["a snake_case_name here", "<p>a snake_case_name here</p>"],
  ["a snake_case and", "<p>a snake_case and</p>"],
  ["call __init__ or x__y__z", "<p>call <strong>init</strong> or x__y__z</p>"],
  ["call _private_method now", "<p>call _private_method now</p>"],
  ["an _emphasis_ kept", "<p>an <em>emphasis</em> kept</p>"],
  ["array[0] and m[i][j]", "<p>array[0] and m[i][j]</p>"],
  ["cut off [in a link", "<p>cut off [in a link</p>"],
  ["cut off [in](https://exa", "<p>cut off [in](https://exa</p>"],
  ["$HOME then $PATH", "<p><span>$HOME then $</span>PATH</p>"],
  ["so $x_1$ and \\(y\\) hold", "<p>so <span>$x_1$</span> and <span>\\(y\\)</span> hold</p>"],
  ["$$\nx^2\n$$\n", '<p><span class="nbstream-math">$$\nx^2\n$$</span></p>'],
  ["\\[\nx\n\\]\n", '<p><span class="nbstream-math">\\[\nx\n\\]</span></p>'],
  ["*args, and **kwargs", "<p>*args, and **kwargs</p>"],
  ["f(*args) is\n\nnext", "<p>f(*args) is</p><p>next</p>"],
  ["lone $x swallows\n\n# nothing", "<p>lone <span>$x swallows</span></p><h1>nothing</h1>"],
  ["lone ![x swallows\n\n# nothing", "<p>lone <a>![x swallows</a></p><h1>nothing</h1>"],

  [
    "| a |\n|---|\n| 1 |\nafter| it",
    '<div class="nbstream-table"><table><thead><tr><th> a </th></tr></thead><tbody><tr><td> 1 </td></tr></tbody></table></div><p>after| it</p>',
  ],
  ["```\nabc```\nd\n```\n", "<pre><code>abc```\nd</code></pre>"],

  // hostile
  ["[x](javascript:alert(1))", "<p><a>[x](javascript:alert(1)</a>)</p>"],
  ["[x](data:text/html,hi)", "<p><a>[x](data:text/html,hi)</a></p>"],
  ["[x](/api/shutdown)", "<p><a>[x](/api/shutdown)</a></p>"],
  ["<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"],
  ['<img src=x onerror="alert(1)">', '<p>&lt;img src=x onerror="alert(1)"&gt;</p>'],
  ["![a cat](https://example.org/c.png)", `<p>${LINK("https://example.org/c.png", "a cat")}</p>`],
  ["![](https://example.org/?q=secret)", `<p>${LINK("https://example.org/?q=secret", "image")}</p>`],
  ["![x](data:image/png;base64,AA)", "<p><a>![x](data:image/png;base64,AA)</a></p>"],
  [
    '```"><img src=x>\nx\n```\n',
    '<pre><span class="nbstream-lang">"&gt;&lt;img src=x&gt;</span><code>x</code></pre>',
  ],
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

const NASTY = [
  "<script>",
  "onerror=",
  "javascript:",
  "<img src=x>",
  "](javascript:x)",
  "](https://e.org/?",
  "![",
  "<br>",
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

test("every letter and digit of the source is on the screen, in order", () => {
  fc.assert(
    fc.property(soup, fc.integer({ min: 1, max: 9 }), (pieces, size) => {
      const wanted = letters(pieces.filter((p) => /^[a-z]{1,6}\d?$/.test(p)));
      const shown = letters([render(pieces.join(""), size).textContent ?? ""]);
      return inOrder(wanted, shown);
    }),
    { numRuns: 2000, seed: 77 },
  );
});

test("however it is cut, the same text comes out", () => {
  fc.assert(
    fc.property(soup, fc.integer({ min: 1, max: 9 }), (pieces, size) => {
      const source = pieces.join("");
      return render(source, size).textContent === render(source).textContent;
    }),
    { numRuns: 1000, seed: 5 },
  );
});

test("no soup makes an element, an address or a handler that is not ours", () => {
  const allowed =
    /^(P|H[1-6]|EM|STRONG|S|CODE|PRE|A|BR|HR|UL|OL|LI|BLOCKQUOTE|TABLE|THEAD|TBODY|TR|TH|TD|DIV|SPAN|INPUT)$/;
  const attributes = /^(href|title|target|rel|class|type|disabled|checked|start)$/;
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece, fc.constantFrom(...NASTY)), { maxLength: 60, size: "max" }),
      (pieces) => {
        for (const node of render(pieces.join(""), 5).querySelectorAll("*")) {
          expect(node.tagName).toMatch(allowed);
          for (const { name } of node.attributes) expect(name).toMatch(attributes);
          if (node.className) expect(node.className).toMatch(/^nbstream-(lang|math|part|table|task)$/);
          if (node.hasAttribute("href")) expect(node.getAttribute("href")).toMatch(/^(https?:\/\/|mailto:)/);
        }
      },
    ),
    { numRuns: 1000, seed: 13 },
  );
});

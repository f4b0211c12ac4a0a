import { expect, test } from "vitest";
import { type Extras, Finisher, type Typesetter } from "../src/finish.ts";
import { Lazy } from "../src/lazy.ts";
import { Markdown } from "../src/markdown.ts";

function setUp(typesetter?: Typesetter) {
  const [world, asked, done] = [{}, [] as string[], [] as string[]];
  const extras: Extras = {
    code: (node, language) => done.push(`${language}: ${node.textContent}`),
    formula: (node, next) => done.push(`${node.textContent} before ${JSON.stringify(next)}`),
  };
  const lazy = (name: string) =>
    new Lazy<Extras>(
      "extras",
      () => asked.push(name),
      async () => extras,
      world,
    );
  const finisher = (module: Lazy<Extras>) => new Finisher(module, () => typesetter);
  return { asked, done, lazy, finisher };
}

function write(finisher: Finisher, source: string): void {
  const markdown = new Markdown(document.createElement("div"), finisher);
  for (const char of source) markdown.write(char);
  markdown.end();
}

test("the first code block asks, and is handed over when the answer comes", async () => {
  const { asked, done, lazy, finisher } = setUp();
  const module = lazy("one");
  const one = finisher(module);
  write(one, "no code\n\n```Python title=x\na = 1\n```\n");
  expect([asked, done]).toEqual([["one"], []]);
  await module.receive("");
  expect(done).toEqual(["python: a = 1"]);
  write(one, "```r\nb\n```\n");
  expect([asked, done[1]]).toEqual([["one"], "r: b"]);
});

test("widgets of a page ask once between them", async () => {
  const { asked, done, lazy, finisher } = setUp();
  const [one, two] = [lazy("one"), lazy("two")];
  write(finisher(one), "```py\na\n```\n");
  write(finisher(two), "```py\nb\n```\n");
  expect(asked).toEqual(["one"]);
  await one.receive("");
  expect(done).toEqual(["py: a", "py: b"]);
});

test("while a block streams it is left alone; the end of the text ends it", () => {
  const { asked, lazy, finisher } = setUp();
  const markdown = new Markdown(document.createElement("div"), finisher(lazy("one")));
  markdown.write("```py\na = 1\nb = 2\n");
  expect(asked).toEqual([]);
  markdown.end();
  expect(asked).toEqual(["one"]);
});

test("without a label, or without a typesetter, nobody is asked", () => {
  const { asked, lazy, finisher } = setUp();
  write(finisher(lazy("one")), "```\na\n```\n\n    indented\n\nand $x$ too\n");
  expect(asked).toEqual([]);
});

test("formulas are handed over with what follows them", async () => {
  const { done, lazy, finisher } = setUp({ typeset: () => {} });
  const one = lazy("one");
  write(finisher(one), "so $x$, \\(y\\) and $5x$1\n\n$$z$$\n\n\\[\nw\n\\]\n\nlone $x\n");
  await one.receive("");
  expect(done).toEqual(['$x$ before ","', '\\(y\\) before " "', '$$z$$ before ""', '\\[\nw\n\\] before ""']);
});

test("a module that cannot be loaded leaves all plain", async () => {
  const failing = new Lazy<Extras>(
    "extras",
    () => {},
    () => Promise.reject(new Error("no blobs here")),
    {},
  );
  write(new Finisher(failing, () => undefined), "```py\na\n```\n");
  await expect(failing.receive("")).resolves.toBeUndefined();
});

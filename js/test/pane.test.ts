import { expect, test } from "vitest";
import { Pane } from "../src/pane.ts";
import { GrowingText } from "../src/text.ts";

const LONG = "word ".repeat(20_000);

function grown(text: string): GrowingText {
  const growing = new GrowingText();
  growing.append(text);
  return growing;
}

/** Frames until nothing is left. */
function settle(pane: Pane, text: GrowingText, mode: "markdown" | "source", ended: boolean): number {
  let frames = 1;
  while (pane.paint(text, mode, ended, 0)) frames += 1;
  return frames;
}

test("a long text comes in bounded pieces and whole", () => {
  const root = document.createElement("div");
  const frames = settle(new Pane(root), grown(LONG), "source", true);
  expect(frames).toBe(Math.ceil(LONG.length / 1024));
  expect(root.textContent).toBe(LONG);
});

test("while there is time, a frame takes several pieces, but no more than can be laid out", () => {
  const root = document.createElement("div");
  new Pane(root).paint(grown(LONG), "source", true, Number.POSITIVE_INFINITY);
  expect(root.textContent).toHaveLength(8 * 1024);
});

test("source and back shows the exact text and then the Markdown", () => {
  const root = document.createElement("div");
  const pane = new Pane(root);
  const text = grown("a **b**\n");
  settle(pane, text, "markdown", true);
  expect(root.querySelector("strong")?.textContent).toBe("b");
  settle(pane, text, "source", true);
  expect(root.textContent).toBe("a **b**\n");
  settle(pane, text, "markdown", true);
  expect(root.querySelectorAll("strong")).toHaveLength(1);
});

test("text that arrives after the end is shown", () => {
  const root = document.createElement("div");
  const pane = new Pane(root);
  const text = grown("# a");
  settle(pane, text, "markdown", true);
  text.append("b\n");
  settle(pane, text, "markdown", true);
  expect(root.textContent).toBe("ab");
});

test("a text that was corrected is painted again", () => {
  const root = document.createElement("div");
  const pane = new Pane(root);
  const text = grown("wrong");
  settle(pane, text, "source", false);
  text.replaceFrom(0, "right");
  settle(pane, text, "source", false);
  expect(root.textContent).toBe("right");
});

test("painting goes on in the node it was in", () => {
  const root = document.createElement("div");
  const pane = new Pane(root);
  const text = grown("one ");
  settle(pane, text, "source", false);
  const node = root.firstChild;
  text.append("two");
  settle(pane, text, "source", false);
  expect(root.childNodes).toHaveLength(1);
  expect(root.firstChild).toBe(node);
});

test("no piece ends in the middle of a surrogate pair", () => {
  const text = grown("x😀y");
  const cursor = text.start();
  expect([text.read(cursor, 2), text.read(cursor, 2)]).toEqual(["x😀", "y"]);
});

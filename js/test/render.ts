/** Renders Markdown for the tests. */

import { Markdown } from "../src/markdown.ts";

export function render(source: string, size = source.length): HTMLElement {
  const root = document.createElement("div");
  const markdown = new Markdown(root);
  for (let at = 0; at < source.length; at += size) markdown.write(source.slice(at, at + size));
  markdown.end();
  return root;
}

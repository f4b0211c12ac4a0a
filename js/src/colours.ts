/** Colours a finished code block: tokens of highlight.js become spans with classes of ours, and a selection stays. */

import type { Emitter } from "highlight.js";
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import julia from "highlight.js/lib/languages/julia";
import latex from "highlight.js/lib/languages/latex";
import markdown from "highlight.js/lib/languages/markdown";
import python from "highlight.js/lib/languages/python";
import r from "highlight.js/lib/languages/r";
import rust from "highlight.js/lib/languages/rust";
import shell from "highlight.js/lib/languages/shell";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { make } from "./dom.ts";

/** The cost of a block is its length, some microseconds a character: beyond this one it would be felt. */
const LONGEST = 20_000;

/** Some grammars take the square of an unbroken run, a minute for 20,000 characters of `[](`; no code has such. */
const RUN = /\S{500}/;

/** What highlight.js finds, in the few kinds that have a colour. */
const KINDS: [kind: string, scopes: string][] = [
  ["keyword", "keyword literal selector-tag doctag template-tag operator"],
  ["string", "string regexp symbol char link code"],
  ["number", "number"],
  ["comment", "comment quote"],
  ["name", "title section name selector-id selector-class"],
  ["type", "built_in type class"],
  ["attr", "attr attribute property variable template-variable"],
  ["meta", "meta"],
  ["added", "addition"],
  ["removed", "deletion"],
];
const KIND = new Map(KINDS.flatMap(([kind, scopes]) => scopes.split(" ").map((scope) => [scope, kind])));

export type Token = [text: string, kind: string | undefined];

/** Gathers tokens where highlight.js would make markup. */
class Tokens implements Emitter {
  tokens: Token[] = [];
  #scopes: (string | undefined)[] = [];

  startScope(scope: string): void {
    this.#scopes.push(KIND.get(scope.split(".")[0] ?? "") ?? this.#scopes.at(-1));
  }
  endScope(): void {
    this.#scopes.pop();
  }
  openNode(scope: string): void {
    this.startScope(scope);
  }
  closeNode(): void {
    this.endScope();
  }
  addText(text: string): void {
    const last = this.tokens.at(-1);
    const kind = this.#scopes.at(-1);
    if (last && last[1] === kind) last[0] += text;
    else if (text) this.tokens.push([text, kind]);
  }
  __addSublanguage(inner: Emitter): void {
    this.tokens.push(...(inner as Tokens).tokens);
  }
  toHTML(): string {
    return "";
  }
  finalize(): void {}
}

const high = hljs.newInstance();
high.configure({ __emitter: Tokens });
for (const [name, grammar] of Object.entries({
  ...{ bash, c, cpp, css, diff, go, ini, java, javascript, json, julia, latex, markdown, python, r, rust },
  ...{ shell, sql, typescript, xml, yaml },
}))
  high.registerLanguage(name, grammar);
high.registerAliases(["ipython", "ipython3", "python3", "pycon"], { languageName: "python" });

/** The code in pieces, or `null` for a language that is not known here. */
export function tokens(code: string, language: string): Token[] | null {
  if (!high.getLanguage(language)) return null;
  const result = high.highlight(code, { language, ignoreIllegals: true });
  return (result._emitter as unknown as Tokens).tokens;
}

/** Colours the block, once. One with characters that turn the reading order stays as it is. */
export function paint(node: HTMLElement, language: string): void {
  const text = node.textContent;
  if (!node.isConnected || node.childElementCount || !text || text.length > LONGEST || RUN.test(text)) return;
  const found = tokens(text, language);
  if (found?.map(([piece]) => piece).join("") !== text) return;
  const restore = keepSelection(node);
  node.replaceChildren(
    ...found.map(([piece, kind]) => (kind ? make("span", `hl-${kind}`, {}, piece) : piece)),
  );
  restore();
}

/** Remembers where in the node's text the selection begins and ends; the answer puts it back. */
function keepSelection(node: HTMLElement): () => void {
  const selection = node.ownerDocument.getSelection();
  if (!selection?.anchorNode || !selection.focusNode) return () => {};
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection;
  const [anchor, focus] = [offset(node, anchorNode, anchorOffset), offset(node, focusNode, focusOffset)];
  if (anchor === null && focus === null) return () => {};
  return () =>
    selection.setBaseAndExtent(
      ...(anchor === null ? ([anchorNode, anchorOffset] as const) : place(node, anchor)),
      ...(focus === null ? ([focusNode, focusOffset] as const) : place(node, focus)),
    );
}

function offset(node: HTMLElement, at: Node, within: number): number | null {
  if (!node.contains(at)) return null;
  const range = node.ownerDocument.createRange();
  range.setStart(node, 0);
  range.setEnd(at, within);
  return range.toString().length;
}

function place(node: HTMLElement, offset: number): [Node, number] {
  const walk = node.ownerDocument.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  let left = offset;
  let last: Text | null = null;
  while (walk.nextNode()) {
    last = walk.currentNode as Text;
    if (left <= last.length) return [last, left];
    left -= last.length;
  }
  return last ? [last, last.length] : [node, 0];
}

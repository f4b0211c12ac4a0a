/** Builds a model's text as DOM while it streams: elements and text nodes only, never markup. */

import * as smd from "streaming-markdown";
import { copyButton, make } from "./dom.ts";
import type { Finisher } from "./finish.ts";
import { linkTo, safeHref, trimSentence } from "./links.ts";
import { type Drawing, Parser } from "./parser.ts";
import { EMPHASIS, INLINE, SIDED, T, TAGS } from "./tokens.ts";

export interface Sink {
  write(text: string): void;
  end(): void;
}

/** The parser loses its way past 24 levels; deeper ones are drawn flat. */
const DEPTH_CAP = 20;
/** Appending to one endless text node copies it each time. */
const NODE_CAP = 4096;

/** The nine that turn the reading order (https://trojansource.codes), which Python's `visible` names too. */
const TURNS = /([\u202a-\u202e\u2066-\u2069])/;

const WORD = /[\p{L}\p{N}_]/u;

/** Blocks in one part of a long text, which the browser lays out and paints only while in sight. */
const PART = 40;

interface Open {
  token: smd.Token;
  node: HTMLElement;
  /** Delimiters the parser swallowed, to be put back unless they turn out to mean something. */
  marker: string;
  opener: Text | null;
}

class Writer {
  #last: Text | null = null;

  /** Writes text at the end of a node; what would turn its order stands alone, seen and without effect. */
  text(node: HTMLElement, text: string): void {
    for (const [at, piece] of text.split(TURNS).entries()) {
      if (at % 2) this.append(node.appendChild(turn(piece)), piece);
      else if (piece) this.append(node, piece);
    }
  }

  append(node: HTMLElement, text: string): Text {
    const last = this.#last;
    if (last && last.parentNode === node && node.lastChild === last && last.length < NODE_CAP) {
      last.appendData(text);
      return last;
    }
    this.#last = node.appendChild(document.createTextNode(text));
    return this.#last;
  }

  /** The next text gets a node of its own. */
  cut(): void {
    this.#last = null;
  }
}

const turn = (character: string) =>
  make("span", "turn", { title: `U+${character.charCodeAt(0).toString(16).toUpperCase()}` });

/** The exact text, nothing made of it. */
export class PlainText implements Sink {
  readonly #root: HTMLElement;
  readonly #writer = new Writer();

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  write(text: string): void {
    if (text) this.#writer.text(this.#root, text);
  }

  end(): void {}
}

/** The text as Markdown, growing at its end only. */
export class Markdown implements Sink {
  readonly #parser: Parser;

  constructor(root: HTMLElement, finisher: Finisher | null = null) {
    this.#parser = new Parser(new Elements(root, finisher));
  }

  get pending(): number {
    return this.#parser.pending;
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  end(): void {
    this.#parser.end();
  }
}

class Elements implements Drawing {
  readonly #stack: Open[];
  readonly #writer = new Writer();
  #lastChar = "";
  #closed: Open | null = null;
  readonly #root: HTMLElement;
  readonly #finisher: Finisher | null;
  /** A formula between dollars that has just closed: what comes next says whether it was one. */
  #formula: HTMLElement | null = null;
  #language = "";

  constructor(root: HTMLElement, finisher: Finisher | null) {
    this.#root = root;
    this.#finisher = finisher;
    this.#stack = [{ token: T.Document, node: root, marker: "", opener: null }];
  }

  get #top(): Open {
    return this.#stack.at(-1) as Open;
  }

  #nextPart(): void {
    const part = document.createElement("div");
    part.className = "nbstream-part";
    this.#root.append(part);
    this.#top.node = part;
  }

  closeAll(): void {
    while (this.#stack.length > 1) this.endToken("");
    this.#settle("");
  }

  addToken(token: smd.Token, held: string): void {
    this.#settle("");
    this.#closed = null;
    if (this.#stack.length === 1 && this.#top.node.childElementCount >= PART) this.#nextPart();
    const parent = this.#top.node;
    const flat = this.#stack.length > DEPTH_CAP;
    const open: Open = { token, node: parent, marker: EMPHASIS[token] ?? "", opener: null };
    const inWord = open.marker.startsWith("_") && WORD.test(this.#lastChar);
    if (!INLINE.has(token) && !open.marker) this.#lastChar = "";
    this.#stack.push(open);
    if (inWord || (flat && open.marker)) {
      this.addText(open.marker);
      return;
    }
    if (!flat) open.node = this.#element(token, parent);
    if (token === T.Link) open.opener = this.#mark("[");
    else if (token === T.Image) open.opener = this.#mark("![");
    else if (token === T.Equation_Inline) this.addText(held === "\\" ? "\\(" : "$");
    else if (token === T.Equation_Block) this.addText(held);
    else if (flat && token === T.Code_Inline) this.addText("`");
  }

  #mark(text: string): Text {
    this.#writer.cut();
    const node = this.#writer.append(this.#top.node, text);
    this.#writer.cut();
    return node;
  }

  #element(token: smd.Token, parent: HTMLElement): HTMLElement {
    const add = (tag: string, to: HTMLElement = parent, name = ""): HTMLElement => {
      const node = document.createElement(tag);
      if (name) node.className = name;
      if (SIDED.test(tag)) node.dir = "auto";
      return to.appendChild(node);
    };
    switch (token) {
      case T.Code_Block:
      case T.Code_Fence:
        this.#language = "";
        parent = add("div", parent, "nbstream-code");
        add("div", parent, "nbstream-bar").append(copyButton("copy", "Copy the code"));
        parent = add("pre", parent);
        parent.tabIndex = 0; // it may scroll
        return add("code");
      case T.Equation_Block:
      case T.Equation_Inline:
        parent = add("span", parent, token === T.Equation_Block ? "nbstream-math" : "nbstream-formula");
        return add("span", parent, "nbstream-tex");
      case T.Table:
        return add("table", add("div", parent, "nbstream-table"));
      case T.Table_Row:
        // head, body, and then the body again
        return add(
          "tr",
          (parent.children[1] as HTMLElement) ?? add(parent.children.length ? "tbody" : "thead"),
        );
      case T.Table_Cell:
        return add(parent.parentElement?.tagName === "THEAD" ? "th" : "td");
      case T.Checkbox: {
        const box = add("input") as HTMLInputElement;
        box.type = "checkbox";
        box.disabled = true;
        box.ariaLabel = "task";
        parent.className = "nbstream-task";
        return box;
      }
      case T.Image:
        // a link in a link is no link
        return add(parent.closest("a") ? "span" : "a");
      default:
        return add(TAGS[token] ?? "span");
    }
  }

  /** Draws the formula that has closed, unless what follows says that its dollars were money. */
  #settle(next: string): void {
    const node = this.#formula;
    this.#formula = null;
    if (node) this.#finisher?.formula(node, next.slice(0, 2));
  }

  endToken(held: string): void {
    if (this.#stack.length === 1) return;
    this.#settle("");
    const open = this.#top;
    const flat = open.node === this.#stack.at(-2)?.node;
    if (open.token === T.Equation_Inline || open.token === T.Equation_Block) {
      const [slash, dollar] = open.token === T.Equation_Block ? ["\\]", "$$"] : ["\\)", "$"];
      if (held.startsWith("\\")) this.addText(slash);
      else if (held.startsWith("$")) this.addText(dollar);
      if (!flat && /^[\\$]/.test(held)) this.#formula = open.node.parentElement;
    } else if (open.token === T.Code_Fence && !flat) {
      this.#finisher?.code(open.node, this.#language);
    } else if (open.opener && held === "]") {
      this.addText("]");
    } else if (open.marker) {
      const closed = held[0] === open.marker[0];
      if (flat && closed) this.addText(open.marker);
      else if (!flat && !closed) unwrap(open, "");
      else if (!flat && open.marker.startsWith("_")) {
        this.#stack.pop();
        this.#closed = open;
        this.#lastChar = "_";
        return;
      }
    }
    this.#stack.pop();
  }

  addText(text: string): void {
    if (!text) return;
    this.#settle(text);
    const closed = this.#closed;
    this.#closed = null;
    // `_private_method`: what closed in mid-word was no emphasis
    if (closed && WORD.test(text[0] ?? "") && closed.node.parentNode) unwrap(closed, closed.marker);
    this.#writer.text(this.#top.node, text);
    this.#lastChar = text.at(-1) ?? "";
  }

  setAttribute(type: smd.Attr, value: string): void {
    const { token, node, opener } = this.#top;
    switch (type) {
      case smd.Attr.Href:
      case smd.Attr.Src: {
        const href = safeHref(token === T.Raw_URL ? trimSentence(value) : value);
        if (href && (token === T.Raw_URL || opener)) this.#link(href);
        else if (token !== T.Raw_URL) this.addText(`](${value})`);
        return;
      }
      case smd.Attr.Lang: {
        const label = document.createElement("span");
        label.className = "nbstream-lang";
        this.#writer.text(label, value.trim());
        // the first word of `python title=x`, `{r, echo=FALSE}`
        this.#language = (/[\w+#-]+/.exec(value)?.[0] ?? "").toLowerCase();
        if (node.tagName === "CODE") node.parentElement?.previousElementSibling?.prepend(label);
        return;
      }
      case smd.Attr.Checked:
        node.setAttribute("checked", "");
        return;
      case smd.Attr.Start:
        node.setAttribute("start", String(Number.parseInt(value, 10) || 0));
        return;
    }
  }

  #link(href: string): void {
    const { token, node, opener } = this.#top;
    opener?.remove();
    this.#writer.cut();
    if (token === T.Image && !node.textContent) this.addText("image");
    if (node.tagName === "A") linkTo(node, href);
  }
}

/** Emphasis that was none: the delimiters come back as text. Children move one by one: arguments have a limit. */
function unwrap({ node, marker }: Open, tail: string): void {
  const children = document.createDocumentFragment();
  while (node.firstChild) children.append(node.firstChild);
  node.replaceWith(marker, children, ...(tail ? [tail] : []));
}

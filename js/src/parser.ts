/** Drives streaming-markdown's parser, and mends what it does to ordinary prose and to runaway models. */

import * as smd from "streaming-markdown";
import { FLOWING, T } from "./tokens.ts";

/** Who draws. `held` is what the parser was looking at: the delimiter it will swallow. */
export interface Drawing {
  addToken(token: smd.Token, held: string): void;
  endToken(held: string): void;
  addText(text: string): void;
  setAttribute(type: smd.Attr, value: string): void;
  /** Ends everything that is open. */
  closeAll(): void;
}

/** One unfinished token costs its length on each character, so it may not grow without end. */
const PENDING_CAP = 4096;
const PIECE = 1024;
/** Lines, cut before backticks (a fence that closes behind a letter would swallow it) and behind what opens a formula. */
const PIECES = /`*[^`\n$[]*[\n$[]?/g;
/** What the parser is in behind `$$` and `\[`, of which it exports no name. */
const MAYBE_FORMULA = 105;
/** And where it is behind the end of a line of code, and of the fence below it. */
const NEWLINE = 101;
const CODE = new Set<number>([T.Code_Fence, T.Code_Block, T.Code_Inline]);
/** Where a formula may take lines of its own. */
const ROOMY = new Set<number>([T.Paragraph, T.List_Item]);
const LETTER = /^[\p{L}\p{N}]$/u;

export class Parser {
  readonly #drawing: Drawing;
  #parser: smd.Parser;
  /** Past the cap: the rest of the line goes on as it is. */
  #plain = false;
  /** In a list, the white space at the beginning of a line: what comes next says what it means. */
  #white: string | null = null;
  /** How far the fence of the code in a list is indented. */
  #fence = 0;

  constructor(drawing: Drawing) {
    this.#drawing = drawing;
    this.#parser = this.#fresh();
  }

  /** Length of the token being held back, for tests of the cost. */
  get pending(): number {
    return this.#parser.pending.length;
  }

  write(text: string): void {
    for (const [run] of text.matchAll(PIECES)) {
      for (let at = 0; at < run.length; at += PIECE) this.#indent(run.slice(at, at + PIECE));
    }
  }

  end(): void {
    if (!this.#plain) {
      smd.parser_end(this.#parser);
      this.#closeLine();
      const held = this.#parser.pending;
      if (/\S/.test(held) && this.#parser.token !== T.Raw_URL) this.#drawing.addText(held.trimEnd());
    }
    this.#drawing.closeAll();
  }

  #fresh(): smd.Parser {
    const drawing = this.#drawing;
    const parser: smd.Parser = smd.parser({
      data: undefined,
      add_token: (_, type) => {
        // what a table's rule was taken for, and was none, is left over here
        if (parser.text) drawing.addText(parser.text);
        parser.text = "";
        drawing.addToken(type, parser.pending);
      },
      end_token: () => drawing.endToken(parser.pending),
      add_text: (_, text) => drawing.addText(text),
      set_attr: (_, type, value) => drawing.setAttribute(type, value),
    });
    return parser;
  }

  /**
   * Lists: the parser leaves them, and the code in them, at each blank line, and code keeps its indentation. So what
   * is indented behind a blank line follows without it, and code is given the indentation that the parser takes off.
   */
  #indent(piece: string): void {
    const p = this.#parser;
    const list = p.len > 0 && (p.tokens[1] === T.List_Ordered || p.tokens[1] === T.List_Unordered);
    const within = this.#white !== null && list && !this.#plain;
    const text = within ? piece.trimStart() : piece;
    const white = (this.#white ?? "") + piece.slice(0, piece.length - text.length);
    this.#white = piece.endsWith("\n") ? "" : null;
    if (!within) return this.#feed(piece);
    const needed = " ".repeat(p.spaces.slice(0, p.len + 1).reduce((sum, n) => sum + n, 0));
    const top = p.tokens[p.len];
    if (!text && white.length < PIECE) {
      if (top === T.Code_Fence && white.endsWith("\n")) this.#feed(`${needed}\n`);
      else this.#white = white.replace(/[^]*\n/, "\n");
      return;
    }
    const indent = white.replace("\n", "");
    const far = /..|\t/.test(indent);
    const ticks = text.startsWith("`");
    let before = far ? indent : white;
    if (top === T.Code_Fence) {
      if (far) before = needed + indent.slice(this.#fence);
    } else {
      this.#fence = indent.length;
      if ((p.token as number) === NEWLINE && far) p.token = T.Document;
      else if ((p.token as number) === NEWLINE) {
        this.#leave(T.List_Item);
        before = indent;
      }
      if (ticks && indent.length >= Math.max(...p.spaces.slice(0, p.len + 1))) before = needed;
      else if (far && !/^[-*+\d]/.test(text)) before = "";
    }
    for (const part of before.split(/(?<=\n)/)) this.#feed(part);
    this.#feed(text);
  }

  #feed(piece: string): void {
    if (this.#plain) {
      this.#drawing.addText(piece);
      if (!piece.endsWith("\n")) return;
      this.#plain = false;
      this.#drawing.closeAll();
      this.#parser = this.#fresh();
      return;
    }
    const p = this.#parser;
    // a line right behind a table belongs to no row
    const rowEnded = (p.token === T.Table_Row && p.pending === "\n") || (p.token === T.Table && !p.pending);
    if (rowEnded && !/^[| \n]/.test(piece)) this.#leave(T.Table);
    // a formula nobody closed ends with its paragraph
    if (p.token === T.Equation_Block && p.pending === "\n" && piece === "\n") this.#leave(T.Equation_Block);
    // the parser takes only formulas that begin on the next line; `$$x$$` and `\[ x \]` are some, too
    const opens = piece === "\n" || (!piece.startsWith("$") && ROOMY.has(p.tokens[p.len] ?? 0));
    const opening = (p.token as number) === MAYBE_FORMULA && opens;
    if (opening) smd.parser_write(p, "\n");
    if (opening && piece === "\n") this.#drawing.addText(piece);
    else smd.parser_write(p, piece);
    if (piece.endsWith("\n")) this.#closeLine();
    if (p.pending.length > PENDING_CAP) this.#giveUp();
    else if (LETTER.test(p.pending) && FLOWING.has(p.token)) {
      this.#drawing.addText(p.pending);
      p.pending = "";
    }
  }

  /** Shows what the parser holds back and goes on as plain text until the line ends. */
  #giveUp(): void {
    const p = this.#parser;
    // the text of a bare URL is already on the screen
    const held = p.token === T.Raw_URL ? "" : p.pending;
    p.pending = "";
    this.#plain = !CODE.has(p.token);
    if (p.len === 0) this.#drawing.addToken(T.Paragraph, "");
    this.#drawing.addText(held);
  }

  /** Lone `$`, `![` and `](` would swallow the rest of the document: they end with their line. */
  #closeLine(): void {
    const p = this.#parser;
    const url = p.pending.startsWith("](");
    if (p.token === T.Equation_Inline || p.token === T.Image || (p.token === T.Link && url)) {
      if (url) this.#drawing.addText(p.pending.slice(0, -1));
      p.pending = "\n";
      this.#leave(p.token);
    }
  }

  /** Makes the parser end the innermost such token and all within it. */
  #leave(token: number): void {
    const p = this.#parser;
    if (token === T.Table) [p.pending, p.table_state] = ["", 0];
    for (let ended = 0; ended !== token && p.len > 0; ) {
      ended = p.tokens[p.len] ?? 0;
      p.len -= 1;
      this.#drawing.endToken(p.pending);
    }
    p.token = p.tokens[p.len] ?? T.Document;
  }
}

/** A growing text, kept in its pieces: joining on each delta would be quadratic. */

export interface Cursor {
  epoch: number;
  piece: number;
  within: number;
}

export class GrowingText {
  /** Changes when what was already read is no longer true. */
  epoch = 0;
  length = 0;
  #pieces: string[] = [];

  append(text: string): void {
    if (!text) return;
    this.#pieces.push(text);
    this.length += text.length;
  }

  /** Everything from `offset` on becomes `text`. False if there is a hole before `offset`. */
  replaceFrom(offset: number, text: string): boolean {
    if (offset > this.length) return false;
    const whole = this.toString();
    const known = whole.slice(offset);
    // mostly the same text, longer: what is painted stays, and so does the reader's selection
    if (text.startsWith(known)) {
      this.append(text.slice(known.length));
      return true;
    }
    this.#pieces = [];
    this.length = 0;
    this.epoch += 1;
    this.append(whole.slice(0, offset) + text);
    return true;
  }

  start(): Cursor {
    return { epoch: this.epoch, piece: 0, within: 0 };
  }

  /** Moves the cursor on by at most `limit` characters, never through the middle of a surrogate pair. */
  read(cursor: Cursor, limit: number): string {
    let out = "";
    while (cursor.piece < this.#pieces.length && out.length < limit) {
      const piece = this.#pieces[cursor.piece] ?? "";
      let end = Math.min(piece.length, cursor.within + limit - out.length);
      if (end < piece.length && (piece.charCodeAt(end - 1) & 0xfc00) === 0xd800) end += 1;
      out += piece.slice(cursor.within, end);
      cursor.within = end;
      if (end === piece.length) {
        cursor.piece += 1;
        cursor.within = 0;
      }
    }
    return out;
  }

  atEnd(cursor: Cursor): boolean {
    return cursor.piece >= this.#pieces.length;
  }

  toString(): string {
    return this.#pieces.join("");
  }
}

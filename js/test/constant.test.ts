/** What a token costs the page does not grow with the text: counted in operations, not by the clock. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Channel, FromKernel, GuardRow, Traits } from "../src/messages.ts";
import { GrowingText } from "../src/text.ts";
import nbstream from "../src/widget.ts";
import { type Counts, during } from "./counting.ts";
import { meter, start } from "./make.ts";

const LENGTHS = [1_000, 10_000, 100_000];
const WINDOW = 1_000;
const PER_FRAME = 20;
const FRAME_MS = 33;
/** Frames from one meter to the next. */
const METER = 8;
/** Larger numbers have more digits; what grows with the text would be ten times more. */
const GROWTH = 1.3;

const words = "the model reads each word of text and then makes a guess".split(" ");
/** A thousand tokens of Markdown, the same again and again: each window touches what each other one does. */
const PIECES: string[] = [];
while (PIECES.length < WINDOW) {
  const part = ["## ", "Part", "\n\n"];
  for (let n = 0; n < 60; n += 1) part.push(n % 9 ? ` ${words[n % words.length]}` : " **bold**");
  part.push("\n\n", "- ", "one", "\n", "- ", "two", "\n\n", "|a|b|\n", "|-|-|\n", "|1|", "2|\n", "\n");
  part.push("```", "python\n", "x = 1\n", "```", "\n\n");
  PIECES.push(...part.slice(0, WINDOW - PIECES.length - 2));
  if (WINDOW - PIECES.length <= 2) PIECES.push("\n", "\n");
}

const guards: GuardRow[] = ["MaxTokens", "Repetition"].map((name) => ({
  name,
  limit: "100,000",
  about: "",
  state: "on",
  near: 0,
}));

/** A widget on a page, and the kernel's end of it. */
function mount() {
  const traits: Traits = {
    generation_id: "g",
    rows: [],
    header: { model: "demo", hint: null },
    saved_text: "",
  };
  let emit: (message: FromKernel) => void = () => {};
  const model = {
    get: (key: keyof Traits) => traits[key],
    send: () => {},
    on: (name: string, run: typeof emit) => void (name === "msg:custom" && (emit = run)),
    off: () => {},
  } as never;
  const el = document.body.appendChild(document.createElement("div"));
  const widget = nbstream();
  closing.push(widget.initialize({ model }), widget.render({ model, el }));
  return { el, emit };
}

let closing: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  // boxed: whoever takes the characters of a piece, if only by `+=`, has to call for them
  const own = GrowingText.prototype.append;
  vi.spyOn(GrowingText.prototype, "append").mockImplementation(function (this: GrowingText, text) {
    own.call(this, Object(text) as string);
  });
});
afterEach(() => {
  for (const close of closing.reverse()) close();
  closing = [];
  document.body.replaceChildren();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** What the last thousand tokens before each length take. */
function streamed(channel: Channel, asSource: boolean): Counts[] {
  const { el, emit } = mount();
  emit(start("a", { guards }));
  vi.advanceTimersByTime(FRAME_MS);
  if (asSource) el.querySelector<HTMLElement>(".nbstream-toggle")?.click();
  for (const details of el.querySelectorAll("details")) details.open = true;
  const messages: FromKernel[] = [];
  const found: Counts[] = [];
  for (let length = WINDOW; length <= 100_000; length += WINDOW) {
    messages.length = 0;
    for (let at = 0; at < WINDOW; at += PER_FRAME) {
      const seq = 2 + (length - WINDOW + at) / PER_FRAME;
      const text = PIECES.slice(at, at + PER_FRAME).join("");
      const numbers = {
        meter: meter({ received_tokens: length, received_source: "tokenizer", elapsed_s: seq / 30 }),
        near: [length / 100_000, null],
      };
      messages.push({
        type: "delta",
        attempt: "a",
        seq,
        channel,
        text,
        ...(seq % METER ? {} : numbers),
      });
    }
    const take = (framed: boolean) => {
      for (let at = 0; at < messages.length; at += 1) {
        emit(messages[at] as FromKernel);
        if (framed) vi.advanceTimersByTime(FRAME_MS);
      }
    };
    if (LENGTHS.includes(length)) found.push(during(() => take(true)));
    else take(false);
    vi.advanceTimersByTime(FRAME_MS); // enough for all that came meanwhile
  }
  expect(el.querySelector(`.nbstream-${channel}`)?.textContent).toContain("guess");
  return found;
}

test.each([
  ["text", "Markdown", false],
  ["text", "source", true],
  ["reasoning", "source", false],
] as const)(
  "a thousand tokens of %s, as %s, take as much at 100,000 as at 1,000",
  (channel, _, asSource) => {
    const found = streamed(channel, asSource);
    for (const what of ["operations", "characters", "items"] as const) {
      const values = found.map((one) => one[what]);
      expect(values).toHaveLength(LENGTHS.length);
      expect(Math.min(...values), what).toBeGreaterThan(0);
      expect(Math.max(...values), what).toBeLessThanOrEqual(GROWTH * Math.min(...values));
    }
  },
  60_000,
);

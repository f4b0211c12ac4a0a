/** Every message between kernel and browser, the mirror of nbstream/messages.py. */

export type Status = "waiting" | "streaming" | "done";
export type EndedBy = "model" | "person" | "guard" | "error" | "kernel";
export type Relation = "first" | "retry" | "resume" | "race";
export const CHANNELS = ["text", "reasoning", "tool"] as const;
/** A tool call reads as a line: its name, a blank, its arguments. */
export type Channel = (typeof CHANNELS)[number];
export type CostSource = "provider" | "price table" | "override";
export type Source = "final" | "running" | "reconciled" | "tokenizer" | "estimate" | "unknown";

/** The numbers of one attempt. `null` is "not known", which is never the same as 0. */
export interface Meter {
  status: Status;
  elapsed_s: number | null;
  ttft_s: number | null;
  tokens_per_s: number | null;
  input_tokens: number | null;
  input_source: Source;
  received_tokens: number | null;
  received_source: Source;
  output_tokens: number | null;
  output_source: Source;
  overrun_tokens: number | null;
  reasoning_tokens: number | null;
  /** Of the received ones. */
  received_reasoning_tokens: number | null;
  received_reasoning_source: Source;
  cost_usd: number | null;
  cost_source: CostSource | null;
  /** Why the cost is not exact, if it is not. */
  cost_note: string | null;
  /** What the stop saved, always an estimate: `saved_note` says by what measure. */
  saved_tokens: number | null;
  saved_usd: number | null;
  saved_note: string | null;
  /** What is being waited for, e.g. "starting the embedded model". */
  note: string | null;
  /** Tokens of the prompt that are the kept text, billed again. */
  kept_tokens: number | null;
  kept_source: Source;
}

/** Going on from an attempt: how and at what cost; why not, as it is, or from an edited text. */
export interface Resume {
  note: string;
  refusal: string | null;
  edited: string | null;
}

/** A guard as it watches one attempt; `near` is the used part of its limit, 0 to 1, if it can tell. */
export interface GuardRow {
  name: string;
  limit: string;
  about: string;
  state: "on" | "off" | "failed" | "tripped";
  near: number | null;
}

/** One attempt without its text: a chip of the strip. */
export interface Row {
  attempt: string;
  number: number;
  parent: string | null;
  relation: Relation;
  provider: string;
  model: string;
  status: Status;
  ended_by: EndedBy | null;
  reason: string | null;
  finish_reason: string | null;
  started_at: string;
  /** The UTF-16 length of the text it was resumed from, the beginning of its own. */
  kept: number;
  resumed: string | null;
  /** Nothing, while it lives. */
  resume: Resume | null;
  meter: Meter;
  /** Notebooks saved by an earlier version have none. */
  guards?: GuardRow[] | undefined;
}

interface Numbered {
  attempt: string;
  /** Counts the messages of this attempt from 1. */
  seq: number;
}

/** How near each guard is to its limit. */
type Near = (number | null)[];

export type FromKernel = Numbered &
  (
    | { type: "start"; row: Row }
    | { type: "delta"; channel: Channel; text: string; meter?: Meter; near?: Near }
    | { type: "meter"; meter: Meter; near?: Near }
    | { type: "error"; message: string; retryable: boolean }
    /** `length` in UTF-16 code units, as JavaScript counts. */
    | { type: "end"; row: Row; length: number }
    /** Replaces what the browser has from `offset` on; `seq` is the one it is current to. */
    | { type: "snapshot"; row: Row; offset: number; text: string; reasoning: string; tool: string }
    | { type: "update"; row: Row }
    | Compare
  );

/** Text of both, of the message's attempt alone, of the other alone. */
export type Piece = ["=" | "-" | "+", string];

/** An attempt beside another, as far as both had come; one line for each that both have. */
export interface Compare {
  type: "compare";
  other: string;
  note: string;
  /** What was asked differently: its name, and what it was for either. */
  differences: [string, string, string][];
  lines: Piece[][];
}

/** The bundles beside widget.js, which a page loads when it first needs them. */
export type ModuleName = "extras" | "tools";

/** The one message of no attempt. */
export interface ModuleMessage {
  type: "module";
  name: ModuleName;
  script: string;
}

export interface Have {
  attempt: string;
  seq: number;
  length: number;
}

/** What the person or the front end asks for, before it is addressed. */
export type Ask =
  | { type: "sync"; have: Have[] }
  | { type: "module"; name: ModuleName }
  | { type: "select"; attempt: string }
  | { type: "stop"; attempt: string }
  | { type: "retry"; attempt: string }
  | { type: "resume"; attempt: string; text: string | null }
  | { type: "compare"; attempt: string; other: string }
  /** `guard` is its place in the row. */
  | { type: "guard_off"; attempt: string; guard: number };

/** The nonce is the same on all three routes, so the kernel acts once. */
export type Request = Ask & { generation: string; nonce: string };

/** The traits, written by Python only (Generation in nbstream/widget.py). */
export interface Traits {
  generation_id: string;
  rows: Row[];
  header: { model: string; hint: string | null };
  /** The text of the last ended attempt, for notebooks that are saved with their widgets. */
  saved_text: string;
}

type Fields = Record<string, unknown>;
const fields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const string = (value: unknown) => typeof value === "string";
const count = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const isGuard = (value: unknown) => fields(value) && string(value.name) && string(value.state);
const meter = (value: unknown) => fields(value) && string(value.status);

export function isRow(value: unknown): value is Row {
  return (
    fields(value) &&
    string(value.attempt) &&
    count(value.number) &&
    string(value.status) &&
    meter(value.meter) &&
    (value.guards === undefined || (Array.isArray(value.guards) && value.guards.every(isGuard)))
  );
}

const isModuleName = (value: unknown): value is ModuleName => value === "extras" || value === "tools";

export const isModule = (value: unknown): value is ModuleMessage =>
  fields(value) && value.type === "module" && isModuleName(value.name) && string(value.script);

const numbers = (value: Fields) =>
  meter(value.meter) && (value.near === undefined || Array.isArray(value.near));

/** Anything else on the wire (anywidget's own messages, a newer kernel's) is left alone. */
export function isFromKernel(value: unknown): value is FromKernel {
  if (!fields(value) || !string(value.attempt) || !count(value.seq)) return false;
  switch (value.type) {
    case "start":
    case "update":
      return isRow(value.row);
    case "delta":
      return (
        string(value.text) &&
        CHANNELS.some((channel) => channel === value.channel) &&
        (value.meter === undefined || numbers(value))
      );
    case "meter":
      return numbers(value);
    case "error":
      return string(value.message);
    case "end":
      return isRow(value.row) && count(value.length);
    case "snapshot":
      return isRow(value.row) && count(value.offset) && CHANNELS.every((channel) => string(value[channel]));
    case "compare":
      return string(value.other) && Array.isArray(value.differences) && Array.isArray(value.lines);
    default:
      return false;
  }
}

export function isRequest(value: unknown): value is Request {
  if (!fields(value) || !string(value.generation) || !string(value.nonce)) return false;
  switch (value.type) {
    case "sync":
      return (
        Array.isArray(value.have) &&
        value.have.every((h) => fields(h) && string(h.attempt) && count(h.seq) && count(h.length))
      );
    case "module":
      return isModuleName(value.name);
    case "select":
    case "stop":
    case "retry":
      return string(value.attempt);
    case "compare":
      return string(value.attempt) && string(value.other);
    case "guard_off":
      return string(value.attempt) && count(value.guard);
    case "resume":
      return string(value.attempt) && (value.text === null || string(value.text));
    default:
      return false;
  }
}

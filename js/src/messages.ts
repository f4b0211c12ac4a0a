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
  meter: Meter;
}

interface Numbered {
  attempt: string;
  /** Counts the messages of this attempt from 1. */
  seq: number;
}

export type FromKernel = Numbered &
  (
    | { type: "start"; row: Row }
    | { type: "delta"; channel: Channel; text: string }
    | { type: "meter"; meter: Meter }
    | { type: "error"; message: string; retryable: boolean }
    /** `length` in UTF-16 code units, as JavaScript counts. */
    | { type: "end"; row: Row; length: number }
    /** Replaces what the browser has from `offset` on; `seq` is the one it is current to. */
    | { type: "snapshot"; row: Row; offset: number; text: string; reasoning: string; tool: string }
    | { type: "update"; row: Row }
  );

/** The one message of no attempt: the module that colours code and draws formulas, static/extras.js. */
export interface ExtrasMessage {
  type: "extras";
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
  | { type: "extras" }
  | { type: "select"; attempt: string }
  | { type: "stop"; attempt: string }
  | { type: "retry"; attempt: string }
  | { type: "resume"; attempt: string; text: string | null };

/** The nonce is the same on all three routes, so the kernel acts once. */
export type Request = Ask & { generation: string; nonce: string };

/** The traits, written by Python only (Generation in nbstream/widget.py). */
export interface Traits {
  generation_id: string;
  rows: Row[];
  header: { model: string; hint: string | null };
  /** The text of the last ended attempt, for notebooks that are saved with their widgets. */
  saved_text: string;
  view: { markdown: boolean };
}

type Fields = Record<string, unknown>;
const fields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const string = (value: unknown) => typeof value === "string";
const count = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const meter = (value: unknown) => fields(value) && string(value.status);

export function isRow(value: unknown): value is Row {
  return (
    fields(value) &&
    string(value.attempt) &&
    count(value.number) &&
    string(value.status) &&
    meter(value.meter)
  );
}

export const isExtras = (value: unknown): value is ExtrasMessage =>
  fields(value) && value.type === "extras" && string(value.script);

/** Anything else on the wire (anywidget's own messages, a newer kernel's) is left alone. */
export function isFromKernel(value: unknown): value is FromKernel {
  if (!fields(value) || !string(value.attempt) || !count(value.seq)) return false;
  switch (value.type) {
    case "start":
    case "update":
      return isRow(value.row);
    case "delta":
      return string(value.text) && CHANNELS.some((channel) => channel === value.channel);
    case "meter":
      return meter(value.meter);
    case "error":
      return string(value.message);
    case "end":
      return isRow(value.row) && count(value.length);
    case "snapshot":
      return isRow(value.row) && count(value.offset) && CHANNELS.every((channel) => string(value[channel]));
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
    case "extras":
      return true;
    case "select":
    case "stop":
    case "retry":
      return string(value.attempt);
    case "resume":
      return string(value.attempt) && (value.text === null || string(value.text));
    default:
      return false;
  }
}

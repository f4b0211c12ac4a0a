/** Rows, meters and messages for the tests. */

import { placeOf } from "../src/lazy.ts";
import type { FromKernel, Meter, Resume, Row } from "../src/messages.ts";
import * as tools from "../src/tools.ts";

/** As on a page that has loaded them: happy-dom loads no module of a blob. */
Object.assign(globalThis, { [placeOf("tools")]: { module: tools, asked: 0, waiting: [] } });

export function meter(over: Partial<Meter> = {}): Meter {
  return {
    status: "streaming",
    elapsed_s: 1,
    ttft_s: null,
    tokens_per_s: null,
    input_tokens: null,
    input_source: "unknown",
    received_tokens: null,
    received_source: "unknown",
    output_tokens: null,
    output_source: "unknown",
    overrun_tokens: null,
    reasoning_tokens: null,
    received_reasoning_tokens: null,
    received_reasoning_source: "unknown",
    cost_usd: null,
    cost_source: null,
    cost_note: null,
    saved_tokens: null,
    saved_usd: null,
    saved_note: null,
    note: null,
    kept_tokens: null,
    kept_source: "unknown",
    ...over,
  };
}

export function row(attempt = "a", over: Partial<Row> = {}): Row {
  return {
    attempt,
    number: 1,
    parent: null,
    relation: "first",
    provider: "demo",
    model: "demo",
    status: "streaming",
    ended_by: null,
    reason: null,
    finish_reason: null,
    started_at: "2026-11-21T01:00:00+00:00",
    kept: 0,
    resumed: null,
    resume: null,
    meter: meter(),
    ...over,
  };
}

export const resume = (over: Partial<Resume> = {}): Resume => ({
  note: "Go on from this text by prefill; costs about 33 prompt tokens again",
  refusal: null,
  edited: null,
  ...over,
});

export const done = (attempt = "a", over: Partial<Row> = {}): Row =>
  row(attempt, {
    status: "done",
    ended_by: "model",
    finish_reason: "stop",
    meter: meter({ status: "done" }),
    ...over,
  });

export const start = (attempt = "a", over: Partial<Row> = {}): FromKernel => ({
  type: "start",
  attempt,
  seq: 1,
  row: row(attempt, over),
});

export const delta = (seq: number, text: string, attempt = "a"): FromKernel => ({
  type: "delta",
  attempt,
  seq,
  channel: "text",
  text,
});

export const end = (seq: number, length: number, attempt = "a", over: Partial<Row> = {}): FromKernel => ({
  type: "end",
  attempt,
  seq,
  row: done(attempt, over),
  length,
});

export const snapshot = (
  seq: number,
  offset: number,
  text: string,
  attempt = "a",
  over: Partial<Row> = {},
): FromKernel => ({
  type: "snapshot",
  attempt,
  seq,
  row: row(attempt, over),
  offset,
  text,
  reasoning: "",
  tool: "",
});

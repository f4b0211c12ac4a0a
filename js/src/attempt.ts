/** The state of one attempt, and how each message about it changes that. No DOM. */

import type { FromKernel, Row } from "./messages.ts";
import { GrowingText } from "./text.ts";

export interface AttemptState {
  row: Row;
  seq: number;
  readonly text: GrowingText;
  readonly reasoning: GrowingText;
  readonly tool: GrowingText;
  error: string | null;
  ended: boolean;
  /** The text is here, as far as it goes. */
  loaded: boolean;
  /** Something was lost: deltas wait for the snapshot. */
  gapped: boolean;
  /** Even what is here is not to be trusted: ask for all of it. */
  damaged: boolean;
  meterAt: number;
  heardAt: number;
  stopAskedAt: number | null;
}

type Snapshot = Extract<FromKernel, { type: "snapshot" }>;
type Step = Exclude<FromKernel, { type: "snapshot" | "compare" }>;

export function fresh(row: Row, now: number): AttemptState {
  return {
    row,
    seq: 0,
    text: new GrowingText(),
    reasoning: new GrowingText(),
    tool: new GrowingText(),
    error: null,
    ended: row.status === "done",
    loaded: false,
    gapped: false,
    damaged: false,
    meterAt: now,
    heardAt: now,
    stopAskedAt: null,
  };
}

/** Takes the next message; one that skips a number leaves a gap. */
export function fold(state: AttemptState, message: Step, now: number): void {
  const inOrder = message.seq === state.seq + 1;
  if (inOrder) state.seq = message.seq;
  else state.gapped = true;
  switch (message.type) {
    case "start":
      state.row = message.row;
      state.meterAt = now;
      state.loaded = true;
      return;
    case "delta":
      // after a gap the text waits for the snapshot, which holds this too
      if (inOrder) state[message.channel].append(message.text);
      break;
    case "meter":
      break;
    case "error":
      state.error = message.message;
      return;
    case "end":
      state.row = message.row;
      state.ended = true;
      if (inOrder && state.text.length !== message.length) state.damaged = true;
      return;
    case "update":
      state.row = message.row;
      state.meterAt = now;
      return;
    default:
      message satisfies never;
      return;
  }
  const { meter, near } = message;
  if (!meter) return;
  state.row = {
    ...state.row,
    status: meter.status,
    meter,
    guards: state.row.guards?.map((guard, i) => ({ ...guard, near: near?.[i] ?? null })),
  };
  state.meterAt = now;
}

/** Takes all of it anew, unless something newer is here. */
export function restore(state: AttemptState, message: Snapshot, now: number): void {
  state.heardAt = now;
  if (message.seq < state.seq) return;
  if (!state.text.replaceFrom(message.offset, message.text)) {
    state.damaged = true;
    return;
  }
  state.reasoning.replaceFrom(0, message.reasoning);
  state.tool.replaceFrom(0, message.tool);
  state.seq = message.seq;
  state.row = message.row;
  state.meterAt = now;
  state.ended = message.row.status === "done";
  state.loaded = true;
  state.gapped = false;
  state.damaged = false;
}

/** Numbers, labels and sentences as the person reads them; pure. */

import type { AttemptState } from "./attempt.ts";
import type { CostSource, GuardRow, Meter, Row, Source } from "./messages.ts";
import type { Session } from "./session.ts";

const UNKNOWN = "—";

const SOURCES: Record<Source, string> = {
  final: "the server's own count, from the end of the stream",
  running: "the server's own count, up to the cut",
  reconciled: "the server's own count, asked for afterwards",
  tokenizer: "counted here with the model's own vocabulary",
  estimate: "an estimate: counted here without the model's own vocabulary",
  unknown: "not known",
};

const PRICES: Record<CostSource, string> = {
  provider: "by the provider's own word",
  "price table": "by the price table of genai-prices",
  override: "by your own price",
};

export function count(tokens: number | null, source: Source | null = null): string {
  if (tokens === null) return UNKNOWN;
  return (source === "estimate" ? "~" : "") + tokens.toLocaleString("en-US");
}

export function seconds(s: number | null, digits = 1): string {
  if (s === null) return UNKNOWN;
  if (s < 60) return `${s.toFixed(digits)} s`;
  const whole = Math.floor(s);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} min`;
}

/** Tokens a second: from a hundred on, nobody reads the tenths. */
const rate = (n: number | null) => (n !== null && n < 99.95 ? n.toFixed(1) : count(n && Math.round(n)));

/** The model of the shown attempt: the header was made for the first one, and a retry may ask another. */
export function modelOf(header: string, { list, shown }: Session): string {
  const [first, row] = [list[0]?.row, shown?.row];
  if (!row || (row.model === first?.model && row.provider === first.provider)) return header;
  return row.model === row.provider ? row.model : `${row.provider} · ${row.model}`;
}

/** Small answers cost thousandths of a cent: two figures that mean something, whatever the size. */
export function dollars(usd: number): string {
  if (usd === 0 || usd >= 0.1) return `$${usd.toFixed(2)}`;
  return `$${usd.toFixed(Math.min(9, 1 - Math.floor(Math.log10(usd))))}`;
}

export interface Reading {
  key: string;
  label: string;
  value: string;
  title: string;
}

/** The meter line, left to right. `elapsed` is the browser's own clock between two meters. */
export function readings(meter: Meter, elapsed: number | null): Reading[] {
  const tokens = (key: string, label: string, what: string, n: number | null, source: Source): Reading => ({
    key,
    label,
    value: count(n, source),
    title: `${what}: ${SOURCES[n === null ? "unknown" : source]}`,
  });
  const reasoning =
    meter.reasoning_tokens === null ? "" : `, of them ${count(meter.reasoning_tokens)} reasoning`;
  const generated = `Tokens the server generated${reasoning}`;
  const overrun = meter.overrun_tokens;
  return [
    tokens("input", "in", `Tokens of the prompt${keptNote(meter)}`, meter.input_tokens, meter.input_source),
    tokens(
      "received",
      "received",
      "Tokens that reached this kernel",
      meter.received_tokens,
      meter.received_source,
    ),
    tokens("generated", "generated", generated, meter.output_tokens, meter.output_source),
    {
      key: "overrun",
      label: "overrun",
      value: count(overrun, meter.output_source === "estimate" ? "estimate" : meter.received_source),
      title:
        overrun === null
          ? "Tokens generated but never received: not known, the server has not told"
          : "Tokens generated but never received: generated less received",
    },
    {
      key: "rate",
      label: "tokens/s",
      value: rate(meter.tokens_per_s),
      title: "Tokens a second, from the first to the last, without the wait before",
    },
    {
      key: "first",
      label: "first token",
      value: seconds(meter.ttft_s, 2),
      title: "From the request to the first token",
    },
    { key: "elapsed", label: "elapsed", value: seconds(elapsed), title: "Since the request was sent" },
    ...money(meter),
  ];
}

const keptNote = ({ kept_tokens, kept_source }: Meter) =>
  kept_tokens ? `, of them ${count(kept_tokens, kept_source)} of the kept text, billed again` : "";

/** What was spent, and what a stop saved; nothing where nothing can be said. */
function money(meter: Meter): Reading[] {
  const { cost_usd, cost_source, cost_note, saved_tokens, saved_usd, saved_note } = meter;
  const found: Reading[] = [];
  if (cost_usd !== null) {
    const by = cost_source === null ? "" : `, ${PRICES[cost_source]}`;
    found.push({
      key: "cost",
      label: "cost",
      value: (cost_note === null ? "" : "~") + dollars(cost_usd),
      title: `US dollars for what went in and came out${by}.${cost_note === null ? "" : ` ${cost_note}`}`,
    });
  }
  if (saved_tokens !== null) {
    const usd = saved_usd === null ? "" : `, ~${dollars(saved_usd)}`;
    found.push({
      key: "saved",
      label: "saved",
      value: `${count(saved_tokens, "estimate")} tokens${usd}`,
      title: `What the stop saved. ${saved_note ?? ""}`,
    });
  }
  return found;
}

export type Kind =
  | "waiting"
  | "streaming"
  | "stopping"
  | "finished"
  | "stopped"
  | "guard"
  | "error"
  | "lost"
  | "idle";

export interface State {
  kind: Kind;
  text: string;
}

/** Reasons come as whole sentences, and may say the same again. */
function because(what: string, sentence: string | null): string {
  const reason = sentence?.replace(/\.$/, "");
  if (!reason) return what;
  return reason.toLowerCase().startsWith("stopped by")
    ? reason.replace(/^S/, "s")
    : `${what}: ${reason.replace(/^The /, "the ")}`;
}

function ending(row: Row, error: string | null): State {
  switch (row.ended_by) {
    case "model": {
      const odd = row.finish_reason !== null && row.finish_reason !== "stop";
      return { kind: "finished", text: odd ? because("finished", row.reason) : "finished" };
    }
    case "person":
      return { kind: "stopped", text: because("stopped by you", row.reason) };
    case "guard":
      return { kind: "guard", text: because("stopped by a guard", row.reason) };
    case "error":
      return { kind: "error", text: because("error", error ?? row.reason) };
    case "kernel":
      return { kind: "lost", text: "cut off: the kernel went away" };
    default:
      return { kind: "finished", text: "ended" };
  }
}

/** The state line of one attempt. */
export function stateOf(state: AttemptState | null, session: Session): State {
  if (!state) return { kind: "idle", text: session.unanswered ? "no answer from the kernel" : "connecting" };
  if (state.ended && !(session.retrying && session.unanswered)) return ending(state.row, state.error);
  if (session.unanswered) {
    const advice = state.ended ? ": run the cell again" : "";
    return { kind: "lost", text: `no answer from the kernel${advice}; the text below is kept` };
  }
  if (session.stopping(state)) return { kind: "stopping", text: "stopping…" };
  if (state.stopAskedAt !== null)
    return { kind: "stopping", text: "not stopped yet: the kernel is slow to answer" };
  if (state.row.status === "waiting") {
    return { kind: "waiting", text: state.row.meter.note ?? "waiting for the first token" };
  }
  const silent = state.text.length === 0;
  if (silent && state.tool.length > 0) return { kind: "streaming", text: "calling a tool" };
  return { kind: "streaming", text: silent && state.reasoning.length > 0 ? "reasoning" : "streaming" };
}

/** What the fold beside the answer is called. */
export function asideLabel(channel: "reasoning" | "tool", meter: Meter): string {
  if (channel === "tool") return "tool calls";
  const { received_reasoning_tokens: tokens, received_reasoning_source: source } = meter;
  return tokens === null ? "reasoning" : `reasoning · ${count(tokens, source)} tokens`;
}

/** Where an arrow key leads in a row of `length`, from place `at`; `null` for any other key. */
export function neighbour(key: string, at: number, length: number): number | null {
  if (at < 0) return null;
  const steps: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowUp: at - 1,
    ArrowRight: at + 1,
    ArrowDown: at + 1,
    Home: 0,
    End: length - 1,
  };
  const to = steps[key];
  return to === undefined ? null : Math.max(0, Math.min(length - 1, to));
}

const MARKS: Record<Kind, string> = {
  waiting: "○",
  streaming: "●",
  stopping: "●",
  finished: "✓",
  stopped: "■",
  guard: "◆",
  error: "✕",
  lost: "?",
  idle: "○",
};

export interface ChipText {
  kind: Kind;
  number: string;
  mark: string;
  tokens: string;
  title: string;
}

export function chip(state: AttemptState, numbers: Map<string, number>, session: Session): ChipText {
  const { row } = state;
  const { kind, text } = stateOf(state, session);
  const parent = row.parent === null ? undefined : numbers.get(row.parent);
  const origin = row.relation === "first" || parent === undefined ? "" : ` (${row.relation} of ${parent})`;
  const tokens = count(row.meter.received_tokens, row.meter.received_source);
  return {
    kind,
    number: String(row.number),
    mark: MARKS[kind],
    tokens,
    title: `Attempt ${row.number}${origin}, ${row.provider}:${row.model}, ${tokens} tokens received: ${text}`,
  };
}

const GUARDS: Record<GuardRow["state"], [mark: string, said: string]> = {
  on: ["◇", ""],
  off: ["–", " Switched off for this attempt."],
  failed: ["✕", ""],
  tripped: ["◆", " It ended this attempt."],
};

/** How a guard is shown; `live`: a click would switch it off. */
export function guardText({ name, limit, about, state, near }: GuardRow, live: boolean) {
  const [mark, said] = GUARDS[state] ?? GUARDS.on;
  const so = near === null ? "" : ` Now at ${Math.round(near * 100)} %.`;
  const click = " Click to switch it off for this attempt; a retry has it again.";
  return {
    mark,
    near: state === "tripped" ? 1 : (near ?? 0),
    title: `${[name, limit].join(" ").trim()}: ${about}${live ? so + click : said}`,
  };
}

/** Seconds since the request, moved on by the browser between two meters while the attempt lives. */
export function elapsed(state: AttemptState, session: Session, now: number): number | null {
  const told = state.row.meter.elapsed_s;
  if (state.ended || session.unanswered) return told;
  return (told ?? 0) + Math.max(0, now - state.meterAt) / 1000;
}

const spent = ({ cost_usd, cost_note }: Meter, said: string) =>
  cost_usd === null ? "" : ` ${said} ${cost_note === null ? "" : "~"}${dollars(cost_usd)}.`;

/** What the buttons cost or save, as far as that is known. */
export const stopTitle = (meter: Meter) =>
  `Stop the running attempt (Esc): no further token is waited for.${spent(meter, "So far it has cost")}`;

export function retryTitle(meter: Meter): string {
  const again =
    meter.input_tokens === null
      ? ""
      : ` the ${count(meter.input_tokens, meter.input_source)} tokens of its prompt and`;
  return `Ask again, as a new attempt; this one is kept. Costs${again} a new answer.${spent(meter, "This one has cost")}`;
}

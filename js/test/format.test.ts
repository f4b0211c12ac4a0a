import { expect, test } from "vitest";
import { readings, retryTitle, stopTitle } from "../src/format.ts";
import type { Meter } from "../src/messages.ts";
import { meter } from "./make.ts";

const reading = (key: string, over: Partial<Meter>) =>
  readings(meter({ status: "done", ...over }), 1).find((item) => item.key === key);

const stopped: Partial<Meter> = {
  cost_usd: 0.00123,
  cost_source: "price table",
  cost_note: "At least: only what came is counted.",
};

test.each([
  [null, "—"],
  [61.04, "61.0"],
  [99.97, "100"],
  [102234.9, "102,235"],
])("%s tokens a second read %s", (tokens_per_s, wanted) => {
  expect(reading("rate", { tokens_per_s })?.value).toBe(wanted);
});

test("an exact cost stands as it is and says whose word it is", () => {
  const cost = reading("cost", { cost_usd: 0.25, cost_source: "provider" });
  expect(cost?.value).toBe("$0.25");
  expect(cost?.title).toBe("US dollars for what went in and came out, by the provider's own word.");
});

test("a cost that is not exact has its tilde, and the reason on hovering", () => {
  expect(reading("cost", stopped)?.value).toBe("~$0.0012");
  expect(reading("cost", stopped)?.title).toContain("by the price table of genai-prices. At least: only");
});

test("a price of zero is a price", () => {
  expect(reading("cost", { cost_usd: 0, cost_source: "override" })?.value).toBe("$0.00");
});

test("nothing is shown of a cost that is not known", () => {
  expect(reading("cost", {})).toBeUndefined();
});

test("what a stop saved is an estimate, in tokens and in dollars", () => {
  const saved = reading("saved", { saved_tokens: 1231, saved_usd: 0.0002, saved_note: "An estimate: so." });
  expect(saved?.value).toBe("~1,231 tokens, ~$0.00020");
  expect(saved?.title).toBe("What the stop saved. An estimate: so.");
});

test("without a price what a stop saved is in tokens alone", () => {
  expect(reading("saved", { saved_tokens: 12, saved_note: "An estimate: so." })?.value).toBe("~12 tokens");
});

test("nothing is shown where nothing was saved that is known", () => {
  expect(reading("saved", {})).toBeUndefined();
});

test("Stop and Retry say what they cost, as far as that is known", () => {
  expect(stopTitle(meter())).toBe("Stop the running attempt (Esc): no further token is waited for.");
  expect(stopTitle(meter(stopped))).toContain("So far it has cost ~$0.0012.");
  expect(retryTitle(meter())).toBe("Ask again, as a new attempt; this one is kept. Costs a new answer.");
  expect(retryTitle(meter({ input_tokens: 78, input_source: "estimate", ...stopped }))).toBe(
    "Ask again, as a new attempt; this one is kept. " +
      "Costs the ~78 tokens of its prompt and a new answer. This one has cost ~$0.0012.",
  );
});

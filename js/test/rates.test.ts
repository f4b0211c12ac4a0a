import { afterEach, expect, test, vi } from "vitest";
import { Rates, STEPS } from "../src/rates.ts";
import { Session } from "../src/session.ts";
import { inWords, paths, Spark } from "../src/spark.ts";
import { delta, end, meter, snapshot, start } from "./make.ts";

/** Looked at ten times a second, `perLook` characters each time. */
function steady(rates: Rates, from: number, to: number, perLook: number, length = 0): number {
  let all = length;
  for (let now = from + 100; now <= to; now += 100) rates.feed(now, (all += perLook));
  return all;
}
const sum = (rates: Rates) => rates.grown.reduce((a, b) => a + b, 0);

test("every character is in one of the steps, however long it takes, and there are never more steps", () => {
  const rates = new Rates(0, 0);
  const all = steady(rates, 0, 3_600_000, 7);
  expect(sum(rates)).toBeCloseTo(all);
  expect(rates.grown.length).toBe(STEPS);
  expect(rates.steps).toBeLessThanOrEqual(STEPS);
  expect(rates.steps).toBeGreaterThan(STEPS / 2 - 1);
});

test("what was there before this page looked is no growth", () => {
  const rates = new Rates(0, 5_000);
  rates.feed(100, 5_003);
  expect(sum(rates)).toBe(3);
});

test("a stall is an empty stretch and the longest pause", () => {
  const rates = new Rates(0, 0);
  const all = steady(rates, 0, 2_000, 5);
  steady(rates, 2_000, 5_000, 0, all);
  steady(rates, 5_000, 6_000, 5, all);
  expect([...rates.grown.slice(9, 20)]).toEqual(Array(11).fill(0));
  expect(rates.longestPauseMs).toBe(3_000);
  expect(paths(rates).still).toBe([...Array(11).keys()].map((n) => `M${2 * (n + 9)} 13h2`).join(""));
  expect(inWords(rates, 12.5)).toBe("Rate over time, 12.5 tokens a second; the longest pause 3.0 s");
});

test("a pause that is named is drawn, in a page that seldom looks and in coarse steps too", () => {
  const rates = new Rates(0, 0);
  const all = steady(rates, 0, 12_200, 5);
  rates.feed(12_950, all);
  rates.feed(13_400, all);
  rates.feed(14_100, all + 5);
  expect(rates.stepMs).toBe(500);
  expect(inWords(rates, null)).toBe("Rate over time; the longest pause 1.2 s");
  expect(paths(rates).still).toBe("M50 13h2");
});

test("the wait before the first character is no stall", () => {
  const rates = new Rates(0, 0);
  steady(rates, 0, 4_000, 0);
  steady(rates, 4_000, 5_000, 5);
  expect(rates.longestPauseMs).toBeLessThan(200);
  expect(paths(rates).still).toBe("");
});

test("what came while the page was hidden is spread over that time, and is no stall", () => {
  const rates = new Rates(0, 0);
  const all = steady(rates, 0, 1_000, 10);
  rates.feed(6_000, all + 500);
  expect(Math.max(...rates.grown)).toBeLessThan(60);
  expect(paths(rates).still).toBe("");
  expect(rates.longestPauseMs).toBe(0);
});

test("a short beat leaves no mark", () => {
  const rates = new Rates(0, 0);
  let all = 0;
  for (let now = 500; now < 8_000; now += 500) {
    rates.feed(now - 400, all);
    rates.feed(now, (all += 10));
  }
  expect(paths(rates).still).toBe("");
  expect(inWords(rates, null)).toBe("Rate over time; no pause of a second or more");
});

function drawn() {
  let now = 0;
  const session = new Session(
    () => {},
    () => now,
  );
  const spark = new Spark(session, () => now);
  const at = (ms: number) => {
    now = ms;
    spark.paint(session.shown);
    return spark.root.querySelector(".nbstream-bars")?.getAttribute("d") ?? "";
  };
  return { session, spark, at };
}

afterEach(() => vi.unstubAllGlobals());

test("a streaming attempt draws its rate, and names it when it ends", () => {
  const { session, spark, at } = drawn();
  session.receive(start());
  at(0);
  session.receive(delta(2, "Hello "));
  expect(at(300)).toBe("M3 14v-14.0");
  session.receive(end(3, 6, "a", { meter: meter({ status: "done", tokens_per_s: 40 }) }));
  at(400);
  expect(spark.root.getAttribute("aria-label")).toBe(
    "Rate over time, 40.0 tokens a second; no pause of a second or more",
  );
});

test("an attempt that this page did not see stream has no trace, and says so", () => {
  const { session, spark, at } = drawn();
  session.receive(snapshot(4, 0, "All of it.", "a", { status: "done", ended_by: "model" }));
  expect(at(0)).toBe("");
  expect(spark.root.getAttribute("aria-label")).toBe("No rate over time was seen");
});

test("who wants less motion gets a drawing every two seconds", () => {
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  const { session, at } = drawn();
  session.receive(start());
  at(0);
  session.receive(delta(2, "Hello "));
  expect(at(500)).toBe("");
  expect(at(2_000)).not.toBe("");
});

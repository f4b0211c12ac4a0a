import { expect, test } from "vitest";
import { type Clock, Frame } from "../src/frame.ts";

function fakeClock() {
  const frames = new Map<number, () => void>();
  const timers = new Map<number, () => void>();
  let id = 0;
  const flush = (queue: Map<number, () => void>) => {
    const due = [...queue.values()];
    queue.clear();
    for (const run of due) run();
  };
  const clock: Clock = {
    requestAnimationFrame: (run) => (frames.set(++id, run), id),
    cancelAnimationFrame: (n) => void frames.delete(n),
    setTimeout: (run) => (timers.set(++id, run), id),
    clearTimeout: (n) => void timers.delete(n),
  };
  return { clock, frames, timers, frame: () => flush(frames), timeout: () => flush(timers) };
}

test("many requests paint once a frame", () => {
  const c = fakeClock();
  let paints = 0;
  const frame = new Frame(() => {
    paints += 1;
    return false;
  }, c.clock);
  for (let i = 0; i < 100; i += 1) frame.request();
  c.frame();
  c.timeout();
  expect(paints).toBe(1);
});

test("a hidden tab without frames paints on the timer", () => {
  const c = fakeClock();
  let paints = 0;
  const frame = new Frame(() => {
    paints += 1;
    return false;
  }, c.clock);
  frame.request();
  c.timeout();
  c.frame();
  expect(paints).toBe(1);
});

test("a backlog goes on in the next frames", () => {
  const c = fakeClock();
  let left = 5;
  const frame = new Frame(() => --left > 0, c.clock);
  frame.request();
  c.frame();
  expect(left).toBe(4);
  for (let i = 0; i < 9; i += 1) c.frame();
  expect(left).toBe(0);
});

test("a closed frame paints no more and leaves no timer", () => {
  const c = fakeClock();
  let paints = 0;
  const frame = new Frame(() => ++paints > 0, c.clock);
  frame.request();
  frame.close();
  frame.request();
  frame.now();
  c.frame();
  expect([paints, c.frames.size, c.timers.size]).toEqual([0, 0, 0]);
});

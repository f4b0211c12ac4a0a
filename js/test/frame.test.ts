import { expect, test, vi } from "vitest";
import { AWAY_MS, BUDGET_MS, type Clock, Frames, framesOf, type Job } from "../src/frame.ts";

function fakeClock() {
  const frames = new Map<number, () => void>();
  const timers = new Map<number, () => void>();
  let id = 0;
  const flush = (queue: Map<number, () => void>) => {
    const due = [...queue.values()];
    queue.clear();
    for (const run of due) run();
  };
  const time = { now: 1000 };
  const clock: Clock = {
    requestAnimationFrame: (run) => (frames.set(++id, run), id),
    cancelAnimationFrame: (n) => void frames.delete(n),
    setTimeout: (run) => (timers.set(++id, run), id),
    clearTimeout: (n) => void timers.delete(n),
    performance: { now: () => time.now },
  };
  return { clock, frames, timers, time, frame: () => flush(frames), timeout: () => flush(timers) };
}

/** A page with a log of what its jobs did; each paint takes `ms`. */
function page() {
  const c = fakeClock();
  const frames = new Frames(c.clock);
  const log: string[] = [];
  const job = (name: string, { near = true, ms = 0, left = 0 } = {}): Job => ({
    near,
    paint() {
      log.push(`paint ${name}`);
      c.time.now += ms;
      left -= 1;
      return left > 0;
    },
    settle: () => void log.push(`settle ${name}`),
  });
  const painted = () => log.splice(0).flatMap((line) => (line.startsWith("paint ") ? line.slice(6) : []));
  return { ...c, frames: frames, log, job, painted, waiting: c.frames };
}

test("many requests paint once a frame", () => {
  const p = page();
  const job = p.job("a");
  for (let i = 0; i < 100; i += 1) p.frames.request(job);
  p.frame();
  p.timeout();
  expect(p.painted()).toEqual(["a"]);
});

test("a hidden tab without frames paints on the timer", () => {
  const p = page();
  p.frames.request(p.job("a"));
  p.timeout();
  p.frame();
  expect(p.painted()).toEqual(["a"]);
});

test("a backlog goes on in the next frames", () => {
  const p = page();
  p.frames.request(p.job("a", { left: 5 }));
  p.frame();
  expect(p.painted()).toHaveLength(1);
  for (let i = 0; i < 9; i += 1) p.frame();
  expect(p.painted()).toHaveLength(4);
});

test("all widgets write before any reads the layout", () => {
  const p = page();
  for (const name of ["a", "b", "c"]) p.frames.request(p.job(name));
  p.frame();
  expect(p.log).toEqual(["paint a", "paint b", "paint c", "settle a", "settle b", "settle c"]);
});

test("twenty widgets share the time of one frame, and each gets its turn", () => {
  const p = page();
  const jobs = Array.from({ length: 20 }, (_, n) => p.job(String(n), { ms: BUDGET_MS / 2 }));
  for (const job of jobs) p.frames.request(job);
  const order: string[] = [];
  for (let frame = 0; frame < 10; frame += 1) {
    p.frame();
    const now = p.painted();
    expect(now).toHaveLength(2);
    order.push(...now);
    for (const job of jobs) p.frames.request(job); // they stream on
  }
  expect(order).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
});

test("who is in sight is painted first", () => {
  const p = page();
  p.frames.request(p.job("away", { near: false, ms: BUDGET_MS }));
  p.frames.request(p.job("near", { ms: BUDGET_MS }));
  p.frame();
  expect(p.painted()).toEqual(["near"]);
});

test("who is out of sight is painted now and then", () => {
  const p = page();
  const away = p.job("a", { near: false });
  for (let ms = 0; ms < 10 * AWAY_MS; ms += 100) {
    p.time.now += 100;
    p.frames.request(away);
    p.frame();
    p.timeout();
  }
  expect(p.painted()).toHaveLength(10);
});

test("who is out of sight and far behind catches up without a pause", () => {
  const p = page();
  p.frames.request(p.job("a", { near: false, left: 5 }));
  p.timeout();
  for (let i = 0; i < 4; i += 1) p.frame();
  expect(p.painted()).toHaveLength(5);
});

test("who comes into sight is painted in the next frame", () => {
  const p = page();
  const job = p.job("a", { near: false });
  p.frames.request(job);
  p.timeout();
  p.frames.request(job);
  job.near = true;
  p.frames.request(job);
  p.frame();
  expect(p.painted()).toHaveLength(2);
});

test("a widget that fails does not stop the others", () => {
  const told = vi.fn();
  vi.stubGlobal("reportError", told);
  const p = page();
  const broken = p.job("a");
  broken.paint = () => {
    throw new Error("broken");
  };
  p.frames.request(broken);
  p.frames.request(p.job("b"));
  p.frame();
  expect(p.painted()).toEqual(["b"]);
  expect(told).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});

test("who left is painted no more, and the last leaves no timer", () => {
  const p = page();
  const job = p.job("a");
  p.frames.request(job);
  p.frames.drop(job);
  p.frame();
  p.timeout();
  expect([p.painted().length, p.waiting.size, p.timers.size]).toEqual([0, 0, 0]);
});

test("all widgets of a page, each with a copy of the bundle, have the same frame", () => {
  const world = {};
  expect(framesOf(world)).toBe(framesOf(world));
});

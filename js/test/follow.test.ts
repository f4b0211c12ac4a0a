import { expect, test } from "vitest";
import { Follow } from "../src/follow.ts";

/** A box that clamps as a browser's does. */
function box(height: number) {
  let top = 0;
  return {
    clientHeight: 100,
    scrollHeight: height,
    get scrollTop() {
      return top;
    },
    set scrollTop(value: number) {
      top = Math.max(0, Math.min(value, this.scrollHeight - this.clientHeight));
    },
  };
}

test("it stays at the end while text grows", () => {
  const b = box(500);
  const follow = new Follow(b);
  follow.settle();
  b.scrollHeight = 900;
  follow.settle();
  expect(b.scrollTop).toBe(800);
});

test("a reader who scrolls up is left in peace", () => {
  const b = box(500);
  const follow = new Follow(b);
  follow.settle();
  b.scrollTop = 200;
  follow.scrolled();
  b.scrollHeight = 900;
  follow.settle();
  expect(b.scrollTop).toBe(200);
});

test("growth between our scroll and its event does not let go", () => {
  const b = box(500);
  const follow = new Follow(b);
  follow.settle();
  b.scrollHeight = 900;
  follow.scrolled();
  expect(follow.following).toBe(true);
});

test("scrolling back to the end follows again", () => {
  const b = box(500);
  const follow = new Follow(b);
  follow.settle();
  b.scrollTop = 100;
  follow.scrolled();
  b.scrollTop = 390;
  follow.scrolled();
  expect(follow.following).toBe(true);
});

test("a jump follows again", () => {
  const b = box(500);
  const follow = new Follow(b);
  follow.settle();
  b.scrollTop = 0;
  follow.scrolled();
  follow.jump();
  expect(b.scrollTop).toBe(400);
});

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

/** A box of this height whose end is followed. */
function followed(height: number) {
  const b = box(height);
  const follow = new Follow(b);
  follow.settle();
  return { b, follow };
}

test("it stays at the end while text grows", () => {
  const { b, follow } = followed(500);
  b.scrollHeight = 900;
  follow.settle();
  expect(b.scrollTop).toBe(800);
});

test("a reader who scrolls up is left in peace", () => {
  const { b, follow } = followed(500);
  b.scrollTop = 200;
  follow.scrolled();
  b.scrollHeight = 900;
  follow.settle();
  expect(b.scrollTop).toBe(200);
});

test("a reader who scrolls up by a little, as on a trackpad, is not pulled back", () => {
  const { b, follow } = followed(500);
  for (const top of [397, 393, 388]) {
    b.scrollTop = top;
    follow.scrolled();
    follow.settle();
    expect(b.scrollTop).toBe(top);
  }
  b.scrollTop = 391;
  follow.scrolled();
  expect(follow.following).toBe(true);
});

test("a wheel that turns up lets go before anything has moved, unless there is nowhere to go", () => {
  for (const [height, follows] of [
    [500, false],
    [90, true],
  ] as const) {
    const { follow } = followed(height);
    follow.scrolled(-4);
    expect(follow.following).toBe(follows);
    follow.scrolled(4);
    expect(follow.following).toBe(true);
  }
});

test("a text that becomes shorter is still followed", () => {
  const { b, follow } = followed(500);
  b.scrollHeight = 460;
  b.scrollTop = b.scrollTop;
  follow.scrolled();
  expect(follow.following).toBe(true);
});

test("growth between our scroll and its event does not let go", () => {
  const { b, follow } = followed(500);
  b.scrollHeight = 900;
  follow.scrolled();
  expect(follow.following).toBe(true);
});

test("scrolling back to the end follows again", () => {
  const { b, follow } = followed(500);
  b.scrollTop = 100;
  follow.scrolled();
  b.scrollTop = 390;
  follow.scrolled();
  expect(follow.following).toBe(true);
});

test("a jump follows again", () => {
  const { b, follow } = followed(500);
  b.scrollTop = 0;
  follow.scrolled();
  follow.jump();
  expect(b.scrollTop).toBe(400);
});

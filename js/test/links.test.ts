import { expect, test } from "vitest";
import { safeHref, trimSentence } from "../src/links.ts";

test.each([
  ["https://example.org/a?b=c#d", "https://example.org/a?b=c#d"],
  ["HTTP://Example.org", "http://example.org/"],
  ["mailto:a@example.org", "mailto:a@example.org"],
  ['https://example.org "title"', "https://example.org/"],
  ["<https://example.org>", "https://example.org/"],
])("%s becomes a link", (url, href) => {
  expect(safeHref(url)).toBe(href);
});

test.each([
  "javascript:alert(1)",
  " JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:x",
  "file:///etc/passwd",
  "blob:https://example.org/x",
  "//example.org",
  "/api/kernels",
  "api/shutdown",
  "",
  "https://",
  "https://bank.example@evil.example/",
  "https://exa\u202emple.org",
  "https://example.org/\u0000",
])("%j does not", (url) => {
  expect(safeHref(url)).toBeNull();
});

test.each([
  ["https://example.org/a.", "https://example.org/a"],
  ["https://example.org/a).", "https://example.org/a"],
  ["https://example.org/a_(b)", "https://example.org/a_(b)"],
])("the sentence around %s is not part of it", (url, bare) => {
  expect(trimSentence(url)).toBe(bare);
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";

const SRC = join(import.meta.dirname, "../src");
const read = (name: string) => readFileSync(join(SRC, name), "utf8");
const files = readdirSync(SRC).filter((name) => name.endsWith(".ts"));

/** A file imports only from lower floors, never from its own or above. */
const FLOORS = [
  ["messages.ts", "links.ts", "follow.ts", "frame.ts", "text.ts", "tokens.ts", "dom.ts", "rates.ts"],
  ["lazy.ts"],
  ["finish.ts"],
  ["parser.ts", "attempt.ts", "routes.ts", "seam.ts", "copy.ts", "colours.ts", "formula.ts"],
  ["session.ts"],
  ["extras.ts", "markdown.ts", "format.ts"],
  ["pane.ts", "strip.ts", "editor.ts", "compare.ts", "guards.ts", "spark.ts", "resize.ts", "help.ts"],
  ["tools.ts"],
  ["view.ts"],
  ["widget.ts"],
];
const floor = (name: string) => FLOORS.findIndex((names) => names.includes(name));

test("every file has its floor", () => {
  expect(FLOORS.flat().sort()).toEqual(files.sort());
});

test.each(files)("%s imports only from lower floors", (name) => {
  const imports = [...read(name).matchAll(/from "\.\/([\w.]+)"/g)].map((match) => match[1] as string);
  for (const other of imports) expect(floor(other), other).toBeLessThan(floor(name));
});

test("only two files create nodes: the one that makes elements, and the Markdown", () => {
  const builders = files.filter((name) => /createElement|createTextNode|cloneNode/.test(read(name)));
  expect(builders).toEqual(["dom.ts", "markdown.ts"]);
});

test.each(files)("%s opens no way for markup", (name) => {
  expect(read(name)).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|eval\(/,
  );
});

test.each(files)("%s has at most 300 lines and says its job first", (name) => {
  const lines = read(name).split("\n");
  expect(lines.length).toBeLessThanOrEqual(301);
  expect(lines[0]).toMatch(/^\/\*\* .*[.;]/);
});

test("the bundle stays under 40 kB, for it travels once per widget", async () => {
  const { scripts } = JSON.parse(readFileSync(join(SRC, "../package.json"), "utf8"));
  expect(scripts.build).toContain("--minify --format=esm --target=es2022");
  const { outputFiles } = await build({
    entryPoints: [join(SRC, "widget.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    pure: ["console.assert"],
    mangleProps: new RegExp(scripts.build.match(/--mangle-props=([^"]+)/)[1]),
    write: false,
  });
  expect(outputFiles[0]?.contents.length).toBeLessThan(40_000);
});

test("what colours code and draws formulas is a bundle of its own, of bounded size", async () => {
  const { scripts } = JSON.parse(readFileSync(join(SRC, "../package.json"), "utf8"));
  expect(scripts.build).toContain("src/extras.ts");
  const { outputFiles } = await build({
    entryPoints: [join(SRC, "extras.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    write: false,
  });
  expect(outputFiles[0]?.contents.length).toBeLessThan(120_000);
  expect(read("finish.ts")).not.toMatch(/import (?!type)/);
});

test("every rule of the style sheet stays under .nbstream", () => {
  const sheets = readdirSync(SRC).filter((name) => name.endsWith(".css") && name !== "widget.css");
  expect(sheets.map((name) => `@import "./${name}";`).sort()).toEqual(
    read("widget.css")
      .match(/@import.*/g)
      ?.sort(),
  );
  const css = sheets
    .map(read)
    .join("\n")
    .replace(/\/\*.*?\*\//gs, "")
    .replace(/@keyframes[^{]*\{(?:[^{}]*\{[^}]*\})*\s*\}/g, "");
  const selectors = [...css.matchAll(/([^{}]+)\{/g)].map((m) => (m[1] as string).trim());
  const rules = selectors.filter((selector) => !selector.startsWith("@"));
  expect(rules.length).toBeGreaterThan(100);
  for (const rule of rules) expect(rule).toMatch(/\.nbstream/);
});

test("the lock file names no address to download from", () => {
  const lock = readFileSync(join(SRC, "../package-lock.json"), "utf8");
  expect(lock).not.toContain('"resolved"');
});

test("the lock file holds every platform's build, or `npm ci` fails elsewhere", () => {
  const { packages } = JSON.parse(readFileSync(join(SRC, "../package-lock.json"), "utf8"));
  for (const entry of Object.values<{ optionalDependencies?: object }>(packages))
    for (const name of Object.keys(entry.optionalDependencies ?? {}))
      expect(packages).toHaveProperty([`node_modules/${name}`]);
});

/** Draws a formula with the typesetter of the page, if its TeX is nothing but mathematics. */

/*
 * MathJax in JupyterLab loads every package: links, images, classes, ids, styles, macros that last for the whole page.
 * Its safe mode lets https addresses through, and an image is fetched without a click. So the TeX is read before it
 * sees it, and only commands of this list pass; what came out is looked at once more.
 */

import { make } from "./dom.ts";
import type { Typesetter } from "./finish.ts";

const COMMANDS = new Set(
  `alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi omicron pi varpi
  rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
  aleph beth gimel hbar hslash imath jmath ell wp Re Im partial infty nabla emptyset varnothing forall exists nexists neg
  lnot top bot angle triangle square blacksquare Box Diamond clubsuit diamondsuit heartsuit spadesuit checkmark prime
  backslash surd dagger ddagger degree sharp flat natural S P copyright
  pm mp times div cdot ast star circ bullet oplus ominus otimes oslash odot cap cup uplus sqcap sqcup vee wedge lor land
  setminus smallsetminus wr amalg bigtriangleup bigtriangledown triangleleft triangleright diamond bigcirc rtimes ltimes
  le leq ge geq ne neq ll gg lll ggg leqslant geqslant lesssim gtrsim lessgtr prec succ preceq succeq sim simeq approx
  approxeq cong equiv asymp doteq propto subset supset subseteq supseteq subsetneq supsetneq nsubseteq nsupseteq sqsubseteq
  sqsupseteq in ni notin mid nmid parallel nparallel perp vdash dashv models vDash smile frown bowtie triangleq coloneqq
  coloneq eqqcolon colon not to gets leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow uparrow
  downarrow updownarrow Uparrow Downarrow longleftarrow longrightarrow longleftrightarrow Longleftarrow Longrightarrow
  Longleftrightarrow mapsto longmapsto hookleftarrow hookrightarrow leftharpoonup rightharpoonup rightleftharpoons iff
  implies impliedby nearrow searrow swarrow nwarrow rightsquigarrow leadsto twoheadrightarrow xrightarrow xleftarrow
  sum prod coprod int iint iiint oint bigcap bigcup bigsqcup bigvee bigwedge bigoplus bigotimes bigodot biguplus
  sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth exp log ln lg lim liminf limsup max min sup inf arg
  argmax argmin det dim deg gcd hom ker Pr operatorname limits nolimits bmod pmod mod
  frac dfrac tfrac cfrac binom dbinom tbinom sqrt overline underline overbrace underbrace overset underset stackrel
  hat widehat tilde widetilde bar vec dot ddot dddot breve check acute grave mathring overrightarrow overleftarrow
  left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm langle rangle lvert rvert
  lVert rVert vert Vert lceil rceil lfloor rfloor lbrace rbrace lbrack rbrack ulcorner urcorner
  mathbf mathrm mathit mathsf mathtt mathcal mathbb mathfrak mathscr mathnormal boldsymbol bm pmb text textbf textit
  textrm texttt textsf mathop mathbin mathrel mathord mathopen mathclose mathpunct mathinner rm bf it cal
  displaystyle textstyle scriptstyle scriptscriptstyle quad qquad thinspace space enspace cdots ldots dots vdots ddots
  dotsc dotsb dotsm dotsi substack boxed nonumber notag hline begin end`.split(/\s+/),
);
const ENVIRONMENTS = new Set(
  `matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix cases rcases aligned alignedat align align* gather gather*
  gathered split array equation equation* multline multline* subarray`.split(/\s+/),
);
const LONGEST = 3000;
const DEEPEST = 20;
/** A blank, a line's end, braces, signs: `\\`, `\,`, `\{`, `\|`. */
const SIGNS = /^[\\,;:!>{}|&#_ \n-]$/;
/** Columns of a table: of an array letters and lines alone, no `*{99999}{c}`, no `p{99em}`. */
const COLUMNS = /^\s*(?:\[[tcb]\])?\s*\{(?:\d|[lcr|: ]{1,30})\}/;
/** The space after a line's end. */
const GAP = /^\[\s*-?\d?\.?\d{0,3}\s*(?:em|ex|pt|px|mu)\s*\]/;
/** What no drawing of a formula has. */
const FOREIGN =
  "a, img, image, svg, script, style, iframe, object, form, [href], [src], [id], [onclick], [onload], mjx-merror, [data-mjx-error]";

/** The inside of `$…$`, `$$…$$`, `\(…\)` or `\[…\]`, and whether it stands on lines of its own. */
export function inside(source: string): { tex: string; display: boolean } | null {
  const found = /^(?:\$\$([^]+)\$\$|\\\[([^]+)\\\]|\\\(([^]+)\\\)|\$([^]+)\$)$/.exec(source.trim());
  if (!found) return null;
  const [, dollars, brackets, parentheses, dollar] = found;
  return { tex: dollars ?? brackets ?? parentheses ?? dollar ?? "", display: !!(dollars ?? brackets) };
}

/** Between dollars there may be money and shell variables: `$5 and $6`, `$HOME:$PATH`. */
export function isFormula(source: string, next: string): boolean {
  if (!/^\$[^$]/.test(source)) return true;
  const tex = source.slice(1, -1);
  if (/^\s|\s$/.test(tex) || /^\p{N}/u.test(next)) return false;
  return !/^\p{L}/u.test(next) || tex.length === 1;
}

/** Whether it is mathematics and nothing else: no macro, no address, no style, bounded in length and depth. */
export function isSafe(tex: string): boolean {
  if (!tex.trim() || tex.length > LONGEST || /[$%~`\u202a-\u202e\u2066-\u2069]/.test(tex)) return false;
  if (tex.replace(/\\[^]/g, "").includes("#")) return false;
  for (const [, word, sign] of tex.matchAll(/\\(?:([a-zA-Z]+)|([^]?))/g))
    if (word ? !COMMANDS.has(word) : !SIGNS.test(sign ?? "")) return false;
  for (const [, name] of tex.matchAll(/\\(?:begin|end)(?![a-zA-Z])\s*(?:\{([^{}]*)\})?/g))
    if (!ENVIRONMENTS.has(name ?? "")) return false;
  // a number here is how often something is made, or how far away it is put
  for (const [, rest] of tex.matchAll(/\\begin\s*\{(?:alignedat|array|subarray)\}([^]{0,60})/g))
    if (!COLUMNS.test(rest ?? "")) return false;
  for (const [, rest] of tex.matchAll(/\\\\\*?\s*(\[[^]{0,20})/g)) if (!GAP.test(rest ?? "")) return false;
  let depth = 0;
  for (const char of tex.replace(/\\[{}\\]/g, "")) {
    depth += char === "{" ? 1 : char === "}" ? -1 : 0;
    if (depth < 0 || depth > DEEPEST) return false;
  }
  return depth === 0 && (tex.match(/\\(?:left|begin)(?![a-zA-Z])/g)?.length ?? 0) <= DEEPEST;
}

/** While something is copied only the sources are there: a drawing would leave line ends between the words. */
document.addEventListener("copy", () => {
  const texts = [...document.querySelectorAll(".nbstream .nbstream-text")];
  for (const text of texts) text.classList.add("nbstream-copying");
  requestAnimationFrame(() => {
    for (const text of texts) text.classList.remove("nbstream-copying");
  });
});

/** Puts the drawing behind the source, which stays for the clipboard and for the finder. */
export async function draw(node: HTMLElement, next: string, typesetter: Typesetter): Promise<void> {
  const source = node.textContent ?? "";
  const found = isFormula(source, next) ? inside(source) : null;
  if (!found || !isSafe(found.tex) || !node.isConnected) return;
  const [open, close] = found.display ? ["\\[", "\\]"] : ["\\(", "\\)"];
  const drawing = make("span", "drawing", {}, `${open}${found.tex}${close}`);
  node.append(drawing);
  try {
    await typesetter.typeset(drawing);
  } catch {
    // what it could not draw is seen below
  }
  if (drawing.querySelector("mjx-container") && !drawing.querySelector(FOREIGN)) {
    node.classList.toggle("nbstream-display", found.display);
    node.classList.add("nbstream-drawn");
  } else drawing.remove();
}

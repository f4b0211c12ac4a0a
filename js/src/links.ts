/** Which URLs of a model's text may become links. */

const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/**
 * The address to link to, or null. Relative addresses are refused: they would point into the Jupyter
 * server. So are credentials (`https://bank.example@evil.example`), control characters and blanks.
 */
export function safeHref(url: string): string | null {
  // `[text](url "title")` and `[text](<url>)` arrive whole
  const bare = url
    .trim()
    .replace(/\s+["'(].*$/s, "")
    .replace(/^<(.*)>$/s, "$1");
  if (/[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202f\u2066-\u2069]/.test(bare)) return null;
  if (!/^(https?:\/\/|mailto:)/i.test(bare)) return null;
  try {
    const parsed = new URL(bare);
    if (!SCHEMES.has(parsed.protocol) || parsed.username || parsed.password) return null;
    return parsed.href;
  } catch {
    return null;
  }
}

/** A URL written in running text, without the punctuation of the sentence around it. */
export function trimSentence(url: string): string {
  const bare = url.replace(/[.,;:!?'"*_~>\]]+$/, "");
  return bare.endsWith(")") && !bare.includes("(") ? trimSentence(bare.slice(0, -1)) : bare;
}

export function linkTo(node: Element, href: string): void {
  node.setAttribute("href", href);
  // the text of a link is the model's word; where it goes is not
  node.setAttribute("title", href);
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer nofollow");
}

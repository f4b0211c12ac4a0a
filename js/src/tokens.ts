/** What the parser's tokens are called in the DOM and in the source. */

import * as smd from "streaming-markdown";

export const T = smd.Token;
/** Tokens that become one element each. */
export const TAGS: Partial<Record<smd.Token, string>> = {
  [T.Blockquote]: "blockquote",
  [T.Paragraph]: "p",
  [T.Heading_1]: "h1",
  [T.Heading_2]: "h2",
  [T.Heading_3]: "h3",
  [T.Heading_4]: "h4",
  [T.Heading_5]: "h5",
  [T.Heading_6]: "h6",
  [T.Code_Inline]: "code",
  [T.Italic_Ast]: "em",
  [T.Italic_Und]: "em",
  [T.Strong_Ast]: "strong",
  [T.Strong_Und]: "strong",
  [T.Strike]: "s",
  [T.Link]: "a",
  [T.Raw_URL]: "a",
  [T.Image]: "a",
  [T.Line_Break]: "br",
  [T.Rule]: "hr",
  [T.List_Unordered]: "ul",
  [T.List_Ordered]: "ol",
  [T.List_Item]: "li",
};
/** Tokens whose delimiters the parser swallows. */
export const EMPHASIS: Partial<Record<smd.Token, string>> = {
  [T.Italic_Ast]: "*",
  [T.Italic_Und]: "_",
  [T.Strong_Ast]: "**",
  [T.Strong_Und]: "__",
  [T.Strike]: "~~",
};
export const INLINE = new Set<smd.Token>([T.Code_Inline, T.Link, T.Raw_URL, T.Image, T.Equation_Inline]);

/** Tokens in which a letter can only be text, so that it need not wait for the next one. */
export const FLOWING = new Set<number>([
  T.Paragraph,
  T.Heading_1,
  T.Heading_2,
  T.Heading_3,
  T.Heading_4,
  T.Heading_5,
  T.Heading_6,
  T.Italic_Ast,
  T.Italic_Und,
  T.Strong_Ast,
  T.Strong_Und,
  T.Strike,
  T.Link,
  T.List_Item,
  T.Table_Cell,
  T.Code_Fence,
  T.Equation_Inline,
]);

/** Tags of what is drawn on the side where its text begins. */
export const SIDED = /^([uo]l|blockquote|table)$/;

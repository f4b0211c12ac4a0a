/** Makes elements and changes them: beside the Markdown, the one place where nodes are created. */

type Attributes = Record<string, string>;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (name) node.className = `nbstream-${name}`;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** A part of a drawing. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  name: string,
  attributes: Attributes = {},
): SVGElementTagNameMap[K] {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  node.setAttribute("class", `nbstream-${name}`);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

export const button = (name: string, label: string, title: string) =>
  make("button", name, { type: "button", title }, label);

/** Writing what is already there costs a layout, and a screen reader's patience. */
export function set(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function attribute(node: Element, key: string, value: string): void {
  if (node.getAttribute(key) !== value) node.setAttribute(key, value);
}

/** Its label is drawn by CSS: it is no part of the text that is copied or searched. */
export function copyButton(label: string, title: string): HTMLElement {
  return make("button", "copy", {
    type: "button",
    title,
    "data-label": label,
    "aria-label": title,
  });
}

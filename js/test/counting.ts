/** Counts what is done with the DOM, with texts and with lists: each method, getter and setter, by whatever name. */

export interface Counts {
  /** Of the DOM: reads and writes alike. */
  operations: number;
  /** Handed to the DOM or read from it, or gone through in a text. */
  characters: number;
  /** Of lists, and nodes that were handed over with all that is in them. */
  items: number;
}

type Use = (self: unknown, given: unknown[], found: unknown, name: PropertyKey) => void;

const count: Counts = { operations: 0, characters: 0, items: 0 };
/** What the counted itself does is not counted. */
let inside = false;

const length = (value: unknown): number => (value as { length: number }).length;
const OF_ONE = new Set<PropertyKey>([
  ..."push pop at charAt charCodeAt codePointAt startsWith endsWith item".split(" "),
  "length",
]);
const OF_WHAT_IS_FOUND = new Set<PropertyKey>(["slice", "substring", "substr"]);

/** How much of a text or a list a method goes through. */
function walked(self: unknown, found: unknown, name: PropertyKey): number {
  if (OF_ONE.has(name)) return 1;
  return length(OF_WHAT_IS_FOUND.has(name) ? found : self);
}

function nodesIn(node: Node): number {
  let nodes = 1;
  for (let child = node.firstChild; child; child = child.nextSibling) nodes += nodesIn(child);
  return nodes;
}

const ofDom: Use = (_, given, found) => {
  count.operations += 1;
  for (let at = 0; at <= given.length; at += 1) {
    const value = at < given.length ? given[at] : found;
    if (typeof value === "string") count.characters += value.length;
    else if (value instanceof Node && at < given.length) count.items += nodesIn(value);
  }
};
const ofText: Use = (self, _, found, name) => (count.characters += walked(self, found, name));
const ofList: Use = (self, _, found, name) => {
  count.items += walked(self, found, name);
  if (typeof found === "string") count.characters += found.length;
};
const ofPattern: Use = (_, given) => (count.characters += length(given[0]));

/** The same function, counted; what is handed to it to be called is counted for itself. */
function counted(own: unknown, name: PropertyKey, use: Use) {
  return function (this: unknown, ...given: unknown[]): unknown {
    if (inside) return Reflect.apply(own as () => unknown, this, given);
    inside = true;
    try {
      for (let at = 0; at < given.length; at += 1) given[at] = outside(given[at]);
      const found = Reflect.apply(own as () => unknown, this, given);
      use(this, given, found, name);
      return found;
    } finally {
      inside = false;
    }
  };
}

function outside(given: unknown): unknown {
  if (typeof given !== "function") return given;
  return function (this: unknown, ...more: unknown[]): unknown {
    const before = inside;
    inside = false;
    try {
      return Reflect.apply(given, this, more);
    } finally {
      inside = before;
    }
  };
}

/** Every prototype of these, each once, with how its uses are counted. */
function owners(): Map<object, Use> {
  const found = new Map<object, Use>();
  const list = document.querySelectorAll("*");
  const samples: [object, Use][] = [
    [list, ofList],
    [document.body.children, ofList],
    [document.body.childNodes, ofList],
    [document.body.classList, ofDom],
    [document.body.style, ofDom],
    [document, ofDom],
    [document.createTextNode(""), ofDom],
    [document.createDocumentFragment(), ofDom],
    [document.createElementNS("http://www.w3.org/2000/svg", "path"), ofDom],
  ];
  const tags = "div span p a button details summary input table tr td ol ul li pre code section h2".split(
    " ",
  );
  for (const tag of tags) samples.push([document.createElement(tag), ofDom]);
  for (const [sample, use] of samples) {
    let owner: object = Object.getPrototypeOf(sample);
    for (; owner !== Object.prototype && owner !== Array.prototype; owner = Object.getPrototypeOf(owner))
      if (!found.has(owner)) found.set(owner, use);
  }
  return found.set(Array.prototype, ofList).set(String.prototype, ofText).set(RegExp.prototype, ofPattern);
}

/** What is done meanwhile. */
export function during(act: () => void): Counts {
  const undo: [object, PropertyKey, PropertyDescriptor][] = [];
  const changes: typeof undo = [];
  for (const [owner, use] of owners()) {
    const names = [...Object.getOwnPropertyNames(owner), Symbol.iterator];
    for (const name of names) {
      const own = Object.getOwnPropertyDescriptor(owner, name);
      if (!own?.configurable || name === "constructor") continue;
      if (owner === RegExp.prototype && name !== "exec" && name !== "test") continue;
      const { get, set, value } = own;
      const spied = { ...own };
      if (get) spied.get = counted(get, name, use);
      if (set) spied.set = counted(set, name, use);
      if (typeof value === "function") spied.value = counted(value, name, use);
      undo.push([owner, name, own]);
      changes.push([owner, name, spied]);
    }
  }
  Object.assign(count, { operations: 0, characters: 0, items: 0 });
  for (let at = 0; at < changes.length; at += 1) Object.defineProperty(...(changes[at] as (typeof undo)[0]));
  try {
    act();
  } finally {
    inside = true;
    for (let at = 0; at < undo.length; at += 1) Object.defineProperty(...(undo[at] as (typeof undo)[0]));
    inside = false;
  }
  return { ...count };
}

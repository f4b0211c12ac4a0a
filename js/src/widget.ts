/** Wires the model to the session and each view to the session; hands out the cleanups. */

import type { AnyModel } from "@anywidget/types";
import { type Extras, Finisher, type Typesetter } from "./finish.ts";
import { framesOf, type Job } from "./frame.ts";
import { Lazy } from "./lazy.ts";
import { isFromKernel, isModule, isRow, type ModuleName, type Traits } from "./messages.ts";
import { Routes } from "./routes.ts";
import { Session } from "./session.ts";
import { type ToolsModule, View } from "./view.ts";

type Model = AnyModel<Traits>;

/** What one widget shares among its views. */
interface Wired {
  session: Session;
  finisher: Finisher;
  tools: Lazy<ToolsModule>;
  views: Set<() => void>;
  close(): void;
}

const TICK_MS = 500;
/** The running clock between two meters: at most ten a second. */
const CLOCK_MS = 100;

const now = () => performance.now();

/** JupyterLab and Notebook 7 have one, with the rest of what they render; elsewhere there is none. */
function typesetter(model: Model): Typesetter | undefined {
  try {
    const manager = model.widget_manager as { rendermime?: { latexTypesetter?: Typesetter } } | undefined;
    return manager?.rendermime?.latexTypesetter ?? undefined;
  } catch {
    return undefined;
  }
}

function wire(model: Model): Wired {
  const routes = new Routes(model, model.get("generation_id"));
  const session = new Session((ask) => {
    routes.send(ask);
    arm();
  }, now);
  const lazy = <Module>(name: ModuleName) =>
    new Lazy<Module>(name, () => routes.send({ type: "module", name }));
  const modules = { extras: lazy<Extras>("extras"), tools: lazy<ToolsModule>("tools") };
  const finisher = new Finisher(modules.extras, () => typesetter(model));
  const views = new Set<() => void>();
  let ticking: ReturnType<typeof setInterval> | undefined;

  /** Also for what a click asks: a kernel that is gone answers nothing, and only time tells. */
  const arm = () => {
    if (session.busy && ticking === undefined) ticking = setInterval(tick, TICK_MS);
  };
  const changed = () => {
    arm();
    for (const repaint of views) repaint();
  };
  const tick = () => {
    session.tick();
    if (!session.busy) {
      clearInterval(ticking);
      ticking = undefined;
    }
    changed();
  };
  const onMessage = (message: unknown) => {
    if (isModule(message)) return void modules[message.name].receive(message.script);
    if (!isFromKernel(message)) return;
    session.receive(message);
    changed();
  };
  const onTraits = () => {
    session.introduce((model.get("rows") ?? []).filter(isRow), model.get("saved_text") ?? "");
    changed();
  };

  const traits = ["rows", "saved_text", "header"] as const;
  model.on("msg:custom", onMessage);
  for (const trait of traits) model.on(`change:${trait}`, onTraits);
  onTraits();
  session.open();
  changed();
  return {
    session,
    finisher,
    tools: modules.tools,
    views,
    close() {
      clearInterval(ticking);
      model.off("msg:custom", onMessage);
      for (const trait of traits) model.off(`change:${trait}`, onTraits);
    },
  };
}

function show(model: Model, { session, finisher, tools, views }: Wired, el: HTMLElement): () => void {
  const closing = new AbortController();
  const frames = framesOf();
  const job: Job = {
    paint: (until) => view.paint(model.get("header") ?? { model: "", hint: null }, until),
    settle: () => view.settle(),
    near: true,
  };
  const repaint = () => frames.request(job);
  const view = new View(session, repaint, now, closing.signal, finisher, tools);
  const clock = setInterval(() => {
    if (session.live && job.near && !document.hidden) repaint();
  }, CLOCK_MS);
  view.root.dataset.generation = model.get("generation_id");
  // the static copy of the text is not needed: hidden from here, for `body:has(…)` costs at each node that streams in
  const hiding = new CSSStyleSheet();
  hiding.replaceSync(`.nbstream-static[data-for=${CSS.escape(model.get("generation_id"))}]{display:none}`);
  document.adoptedStyleSheets.push(hiding);
  el.append(view.root);
  views.add(repaint);
  const sight = new IntersectionObserver((seen) => {
    job.near = seen.at(-1)?.isIntersecting ?? true;
    repaint();
  });
  sight.observe(view.root);
  job.paint(0);
  repaint();
  return () => {
    views.delete(repaint);
    clearInterval(clock);
    closing.abort();
    frames.drop(job);
    sight.disconnect();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== hiding);
    view.root.remove();
  };
}

/**
 * Jupyter loads this module for each widget, marimo once for all: nothing is kept outside this closure.
 * `initialize` and `render` get different proxies of one model, so the generation's id is the key.
 */
export default function nbstream() {
  const wired = new Map<string, Wired>();
  return {
    initialize({ model }: { model: Model }) {
      const id = model.get("generation_id");
      const mine = wire(model);
      wired.set(id, mine);
      return () => {
        mine.close();
        if (wired.get(id) === mine) wired.delete(id);
      };
    },
    render({ model, el }: { model: Model; el: HTMLElement }) {
      const shared = wired.get(model.get("generation_id"));
      const own = shared ? null : wire(model);
      const close = show(model, (shared ?? own) as Wired, el);
      return () => {
        close();
        own?.close();
      };
    },
  };
}

/** The three ways a request reaches the kernel; the first to arrive wins there. */

import type { Ask, Request } from "./messages.ts";

interface Future {
  done?: Promise<unknown>;
}

interface Comm {
  isDisposed?: boolean;
  open(data?: unknown): Future | undefined;
  send(data: unknown): Future | undefined;
}

/** What JupyterLab and Notebook 7 hand out beyond the anywidget contract; elsewhere there is none. */
interface Kernel {
  clientId?: string;
  username?: string;
  createComm?(target: string): Comm;
  sendControlMessage?(message: unknown, expectReply: boolean, disposeOnDone: boolean): Future | undefined;
}

export interface Host {
  send(content: unknown): void;
  widget_manager?: unknown;
}

const TARGET = "nbstream.control";
/** Each widget loads this module afresh, so the shared comm is kept on the kernel itself. */
const COMM = Symbol.for(TARGET);

/** `crypto.randomUUID` is missing on plain http, which is how many Jupyter servers are reached. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join(
    "",
  );
}

/** A route that does not work here is not an error: the others carry the message. */
function attempt(route: () => unknown): boolean {
  try {
    const future = route() as Future | undefined;
    future?.done?.catch(() => {});
    return true;
  } catch {
    return false;
  }
}

export class Routes {
  readonly #host: Host;
  readonly #generation: string;

  constructor(host: Host, generation: string) {
    this.#host = host;
    this.#generation = generation;
  }

  send(ask: Ask): void {
    const request: Request = { ...ask, generation: this.#generation, nonce: randomId() };
    const kernel = this.#kernel();
    if (kernel) {
      // a comm that died with the last kernel is opened again, once
      if (!attempt(() => this.#comm(kernel)?.send(request)))
        attempt(() => this.#comm(kernel, true)?.send(request));
      attempt(() => this.#control(kernel, request));
    }
    attempt(() => this.#host.send(request));
  }

  #kernel(): (Kernel & { [COMM]?: Comm }) | undefined {
    try {
      return (this.#host.widget_manager as { kernel?: Kernel } | undefined)?.kernel ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** Opened by us and never answered on: the kernel then hears it also while a cell runs. */
  #comm(kernel: Kernel & { [COMM]?: Comm }, afresh = false): Comm | undefined {
    const known = kernel[COMM];
    if (known && !known.isDisposed && !afresh) return known;
    const comm = kernel.createComm?.(TARGET);
    if (!comm) return undefined;
    attempt(() => comm.open({}));
    kernel[COMM] = comm;
    return comm;
  }

  #control(kernel: Kernel, content: Request): Future | undefined {
    const header = {
      msg_id: randomId(),
      msg_type: "nbstream_request",
      session: kernel.clientId ?? "",
      username: kernel.username ?? "",
      date: new Date().toISOString(),
      version: "5.3",
    };
    const message = { header, parent_header: {}, metadata: {}, content, channel: "control", buffers: [] };
    return kernel.sendControlMessage?.(message, false, true);
  }
}

import { expect, test } from "vitest";
import { isRequest } from "../src/messages.ts";
import { Routes } from "../src/routes.ts";

function fakeKernel() {
  const opened: { target: string; sent: unknown[]; isDisposed: boolean }[] = [];
  const control: { content: unknown; channel: string; header: { msg_type: string } }[] = [];
  return {
    opened,
    control,
    clientId: "c",
    username: "u",
    createComm(target: string) {
      const comm = {
        target,
        sent: [] as unknown[],
        isDisposed: false,
        open: () => undefined,
        send(data: unknown) {
          if (this.isDisposed) throw new Error("Comm is disposed");
          this.sent.push(data);
          return { done: Promise.reject(new Error("Canceled future")) };
        },
      };
      opened.push(comm);
      return comm;
    },
    sendControlMessage(message: never) {
      control.push(message);
      return { done: Promise.reject(new Error("Canceled future")) };
    },
  };
}

const host = (kernel?: unknown) => {
  const sent: unknown[] = [];
  return { sent, send: (content: unknown) => void sent.push(content), widget_manager: { kernel } };
};

test("one request goes over all three routes with one nonce", () => {
  const kernel = fakeKernel();
  const h = host(kernel);
  new Routes(h, "g").send({ type: "stop", attempt: "a" });
  expect(kernel.opened.map((comm) => comm.target)).toEqual(["nbstream.control"]);
  expect(kernel.control[0]?.header.msg_type).toBe("nbstream_request");
  expect(kernel.control[0]?.channel).toBe("control");
  expect(isRequest(h.sent[0])).toBe(true);
  expect(h.sent[0]).toMatchObject({ type: "stop", attempt: "a", generation: "g" });
  expect(kernel.opened[0]?.sent).toEqual(h.sent);
  expect(kernel.control[0]?.content).toEqual(h.sent[0]);
});

test("each request has a nonce of its own", () => {
  const h = host();
  const routes = new Routes(h, "g");
  routes.send({ type: "stop", attempt: "a" });
  routes.send({ type: "stop", attempt: "a" });
  const nonces = new Set((h.sent as { nonce: string }[]).map((m) => m.nonce));
  expect(nonces.size).toBe(2);
});

test("widgets of one kernel share one comm", () => {
  const kernel = fakeKernel();
  new Routes(host(kernel), "g").send({ type: "stop", attempt: "a" });
  new Routes(host(kernel), "h").send({ type: "stop", attempt: "b" });
  expect(kernel.opened).toHaveLength(1);
  expect(kernel.opened[0]?.sent).toHaveLength(2);
});

test("a disposed comm is opened again", () => {
  const kernel = fakeKernel();
  const routes = new Routes(host(kernel), "g");
  routes.send({ type: "stop", attempt: "a" });
  for (const comm of kernel.opened) comm.isDisposed = true;
  routes.send({ type: "stop", attempt: "a" });
  expect(kernel.opened).toHaveLength(2);
  expect(kernel.opened[1]?.sent).toHaveLength(1);
});

test("a comm that throws without saying it is dead is opened again", () => {
  const kernel = fakeKernel();
  const routes = new Routes(host(kernel), "g");
  routes.send({ type: "stop", attempt: "a" });
  const first = kernel.opened[0];
  if (first) {
    first.sent.push = () => {
      throw new Error("gone");
    };
  }
  routes.send({ type: "stop", attempt: "a" });
  expect(kernel.opened).toHaveLength(2);
});

test.each([
  ["no manager", undefined],
  ["no kernel", {}],
  ["a null kernel", { kernel: null }],
  ["a kernel that can do nothing", { kernel: {} }],
])("where there is %s, model.send carries it", (_, manager) => {
  const sent: unknown[] = [];
  const h = { send: (content: unknown) => void sent.push(content), widget_manager: manager };
  new Routes(h, "g").send({ type: "retry", attempt: "a" });
  expect(sent).toHaveLength(1);
});

test("a kernel that throws at everything leaves the last route", () => {
  const boom = () => {
    throw new Error("boom");
  };
  const h = host({ createComm: boom, sendControlMessage: boom });
  new Routes(h, "g").send({ type: "stop", attempt: "a" });
  expect(h.sent).toHaveLength(1);
});

test("a manager that throws when looked at leaves the last route", () => {
  const sent: unknown[] = [];
  const h = {
    send: (content: unknown) => void sent.push(content),
    get widget_manager(): unknown {
      throw new Error("not part of the contract");
    },
  };
  new Routes(h, "g").send({ type: "stop", attempt: "a" });
  expect(sent).toHaveLength(1);
});

test("a model that throws breaks nothing", () => {
  const kernel = fakeKernel();
  const h = {
    widget_manager: { kernel },
    send() {
      throw new Error("comm is closed");
    },
  };
  new Routes(h, "g").send({ type: "stop", attempt: "a" });
  expect(kernel.control).toHaveLength(1);
});

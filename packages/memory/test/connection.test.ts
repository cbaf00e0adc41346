import { type Runtime, systemRuntime } from "@coord/core/spi";
import { describe, expect, test } from "vitest";
import { type Answer, directLink, type Link, MemoryServer, memory } from "../src/index.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** The system's own, and how many of its timers have not fired and are not cancelled. */
function countedTimers() {
  const armed = new Set<object>();
  const runtime: Runtime = {
    ...systemRuntime,
    timer(delayMs, fire, options) {
      const mark = {};
      const timer = systemRuntime.timer(delayMs, () => armed.delete(mark) && fire(), options);
      armed.add(mark);
      return { cancel: () => void (armed.delete(mark) && timer.cancel()) };
    },
  };
  return { runtime, armed };
}

type Answering = (answer: Answer) => Answer | Promise<Answer>;

/** A store whose every answer comes in this way, after `served` has run. */
async function storeWith(answering: Answering) {
  const { runtime, armed } = countedTimers();
  const direct = directLink(new MemoryServer(), runtime);
  let served = () => {};
  const link = (): Link => ({
    open(receive) {
      const road = direct.open(receive);
      return {
        close: () => road.close(),
        exchange: (request) => {
          const answer = road.exchange(request);
          served();
          return answering(answer as Answer);
        },
      };
    },
  });
  const store = await memory({ link }).open({ runtime, logger: quiet, namespace: "" });
  return {
    store,
    armed,
    onServed: (then: () => void) => {
      served = then;
    },
  };
}

const ways: readonly { readonly when: string; readonly answering: Answering }[] = [
  { when: "at hand", answering: (answer) => answer },
  { when: "promised", answering: (answer) => Promise.resolve(answer) },
  { when: "on its way", answering: (answer) => new Promise((resolve) => setImmediate(() => resolve(answer))) },
];

describe.each(ways)("a signal that fires while the answer is $when", ({ answering }) => {
  test("the call is cancelled or answered, what it did is done once, and nothing of it is left to wait for", async () => {
    const { store, armed, onServed } = await storeWith(answering);
    const cancel = new AbortController();
    const reason = new Error("mine");
    onServed(() => cancel.abort(reason));
    const value = new Uint8Array([1]);
    const created = store.commit({ writes: [{ create: "k", value }] }, { signal: cancel.signal }).then(
      ({ entries }) => entries[0]?.key,
      (error: unknown) => error,
    );
    onServed(() => {});
    expect(["k", reason]).toContain(await created);
    expect(armed.size).toBe(0);
    expect((await store.list("")).entries.map(({ key }) => key)).toEqual(["k"]);
    await store.close();
  });
});

import { channel, tracingChannel } from "node:diagnostics_channel";

/**
 * What the library does, for whoever subscribes by `node:diagnostics_channel`; it costs nothing while nobody does.
 * Tracing channels: `coord:lock.acquire`, `coord:lock.hold`, `coord:election.campaign`, `coord:election.lead`, `coord:barrier.wait`,
 * `coord:barrier.pass`, `coord:discovery.call`, `coord:config.apply`, `coord:store.operation`. Plain ones: `coord:state`, `coord:lost`.
 */
export type TracedWork =
  | "lock.acquire"
  | "lock.hold"
  | "election.campaign"
  | "election.lead"
  | "barrier.wait"
  | "barrier.pass"
  | "discovery.call"
  | "config.apply"
  | "store.operation";

const tracings = {
  "lock.acquire": tracingChannel("coord:lock.acquire"),
  "lock.hold": tracingChannel("coord:lock.hold"),
  "election.campaign": tracingChannel("coord:election.campaign"),
  "election.lead": tracingChannel("coord:election.lead"),
  "barrier.wait": tracingChannel("coord:barrier.wait"),
  "barrier.pass": tracingChannel("coord:barrier.pass"),
  "discovery.call": tracingChannel("coord:discovery.call"),
  "config.apply": tracingChannel("coord:config.apply"),
  "store.operation": tracingChannel("coord:store.operation"),
} satisfies Record<TracedWork, unknown>;

/** Runs `body` as a traced piece of work; `context` is what subscribers get to see. */
export function traced<T>(work: TracedWork, context: object, body: () => Promise<T>): Promise<T> {
  const tracing = tracings[work];
  return tracing.hasSubscribers ? (tracing.tracePromise(body, context) as Promise<T>) : body();
}

/** The same for work whose end is somewhere else: begins now, ends when the result is called. */
export function tracedSpan(work: TracedWork, context: object): () => void {
  if (!tracings[work].hasSubscribers) return () => {};
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  void traced(work, context, () => over);
  return end;
}

const state = channel("coord:state");
const lost = channel("coord:lost");

export const published = {
  state: (message: { readonly now: string; readonly before: string; readonly owner: string }) => {
    if (state.hasSubscribers) state.publish(message);
  },
  lost: (message: {
    readonly name: string;
    readonly fencingToken: bigint;
    readonly reason: string;
    readonly owner: string;
  }) => {
    if (lost.hasSubscribers) lost.publish(message);
  },
};

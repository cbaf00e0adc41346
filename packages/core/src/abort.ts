import { setMaxListeners } from "node:events";

/**
 * The one way to listen to a signal: once, and taken away by the result. At once if it is aborted already. Many waits on
 * one signal are no leak, so Node's warning of one is put out of reach.
 */
export function onAbort(signal: AbortSignal | undefined, listener: (reason: unknown) => void): () => void {
  if (!signal) return nothing;
  if (signal.aborted) {
    listener(signal.reason);
    return nothing;
  }
  allowManyWaits(signal);
  const told = () => listener(signal.reason);
  signal.addEventListener("abort", told, { once: true });
  return () => signal.removeEventListener("abort", told);
}

const manyWaits = 1_000_000;
const raised = new WeakSet<AbortSignal>();

function allowManyWaits(signal: AbortSignal): void {
  if (raised.has(signal)) return;
  raised.add(signal);
  try {
    setMaxListeners(manyWaits, signal);
  } catch {
    // a signal that isn't Node's own has no such limit
  }
}

const nothing = () => {};

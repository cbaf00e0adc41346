import { AsyncLocalStorage } from "node:async_hooks";
import type { Hold } from "./hold.ts";

/** What the current flow of control holds by a `run` that it is inside of: who asks again would wait for itself. */
const held = new AsyncLocalStorage<readonly Holding[]>();

interface Holding {
  readonly hold: Hold;
  readonly owner: object;
  readonly line: string;
}

/** Runs `body`, which holds `line` of this client, and so does whatever it starts, for as long as the hold lasts. */
export function runHolding<T>(hold: Hold, owner: object, line: string, body: () => Promise<T>): Promise<T> {
  return held.run([...(held.getStore() ?? []), { hold, owner, line }], body);
}

/** What this flow of control holds already of `line` of this client. */
export function heldInFlow(owner: object, line: string): readonly Hold[] {
  return (held.getStore() ?? [])
    .filter((holding) => holding.owner === owner && holding.line === line && !holding.hold.successor.over)
    .map(({ hold }) => hold.successor);
}

/** Runs what belongs to the client and not to whoever happened to call: its timers and events are in nobody's flow. */
export function outsideFlows<T>(work: () => T): T {
  return held.exit(work);
}

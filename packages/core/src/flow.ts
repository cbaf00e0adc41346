import { AsyncLocalStorage } from "node:async_hooks";
import type { Hold } from "./hold.ts";

/** What the current flow of control holds by a `run` that it is inside of: who asks again would wait for itself. */
const held = new AsyncLocalStorage<readonly Holding[]>();

interface Holding {
  readonly hold: Hold;
  readonly owner: object;
  readonly line: string;
  ended: boolean;
}

/** Runs `body`, which holds `line` of this client for as long as it runs and the hold lasts. */
export async function runHolding<T>(hold: Hold, owner: object, line: string, body: () => Promise<T>): Promise<T> {
  const holding: Holding = { hold, owner, line, ended: false };
  try {
    return await held.run([...(held.getStore() ?? []), holding], body);
  } finally {
    holding.ended = true; // what the body left running in the background holds nothing any more
  }
}

/** Whether this flow of control holds `line` of this client already. */
export function holdsAlready(owner: object, line: string): boolean {
  return (held.getStore() ?? []).some(
    (holding) => holding.owner === owner && holding.line === line && !holding.ended && !holding.hold.over,
  );
}

/** Runs what belongs to the client and not to whoever happened to call: its timers and events are in nobody's flow. */
export function outsideFlows<T>(work: () => T): T {
  return held.exit(work);
}

import { AsyncLocalStorage } from "node:async_hooks";

/** What the current flow of control holds by a `run` that it is inside of: who asks again would wait for itself. */
const held = new AsyncLocalStorage<readonly Holding[]>();

interface Holding {
  readonly owner: object;
  readonly line: string;
  ended: boolean;
}

/** Runs `body`, which holds `line` of this client for as long as it runs. */
export async function runHolding<T>(owner: object, line: string, body: () => Promise<T>): Promise<T> {
  const holding: Holding = { owner, line, ended: false };
  try {
    return await held.run([...(held.getStore() ?? []), holding], body);
  } finally {
    holding.ended = true; // what the body left running in the background holds nothing any more
  }
}

/** Whether this flow of control holds `line` of this client already. */
export function holdsAlready(owner: object, line: string): boolean {
  return (held.getStore() ?? []).some((holding) => !holding.ended && holding.owner === owner && holding.line === line);
}

import type { HistoryEvent, Violation } from "../history/index.ts";
import type { SimulatedClient, World } from "./world.ts";

const resource = "account";

/** What holders write to: it refuses a lower fencing token than it has seen. */
export class FencedResource {
  #highest = 0n;

  /** `check()` and the write are one synchronous step: whoever passes the check may not be refused. */
  write(world: World, client: SimulatedClient, token: bigint, check: () => void): boolean {
    try {
      check();
    } catch {
      return false;
    }
    const accepted = token >= this.#highest;
    if (accepted) this.#highest = token;
    world.record({ at: world.nowMs, client: client.name, kind: "write", resource, token, accepted });
    return true;
  }
}

/** Whoever has just passed `check()` holds the lock, so the resource has seen no higher token. */
export function refusedWrites(history: readonly HistoryEvent[]): Violation[] {
  return history
    .filter((event) => event.kind === "write" && !event.accepted)
    .map((event) => ({ rule: "stale-write", message: "a write was refused that had passed check()", events: [event] }));
}

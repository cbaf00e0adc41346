import type { Lineage } from "../lineage.ts";
import type { ApproachOptions } from "./approach.ts";
import type { WatchEvent } from "./events.ts";
import type { Credentials } from "./library.ts";

export interface WireOptions extends ApproachOptions {
  readonly credentials: readonly Credentials[];
  /** As asked for; the server decides. */
  readonly sessionTimeoutMs: number;
  readonly maxReplyBytes: number;
  readonly lineage: Lineage;
}

/** What a wire tells, each as it happens. */
export interface WireListener {
  /** There is a connection, of the same session as before if there was one. */
  up(): void;
  down(): void;
  /** No server of the list let itself be connected to, one after the other. It goes on trying. `turnedAway`: the last one hung up on the session. */
  unreachable(cause: unknown, turnedAway: boolean): void;
  /** The session is gone for good: the server said so, or refused the credentials. */
  over(why: "expired" | "auth"): void;
  event(event: WatchEvent): void;
}

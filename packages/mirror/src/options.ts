import type { DirectoryOptions } from "./directory.ts";

export interface MirrorOptions extends DirectoryOptions {
  /** The most writes in a second, for each of `directories` with all that is copied of it. Default 2000. */
  readonly maxWritesPerSecond?: number | undefined;
  /** How often the target is looked at for what somebody else wrote there, in milliseconds. Default 30 000. */
  readonly verifyMs?: number | undefined;
  /** With `deep`: how often the source is looked through for directories that are new, in milliseconds. Default 5000. */
  readonly discoverMs?: number | undefined;
  /** Ends the mirror, which then resolves. */
  readonly signal?: AbortSignal | undefined;
  /** Told after each batch and each change of sight. */
  readonly onStatus?: ((status: MirrorStatus) => void) | undefined;
}

export interface MirrorStatus {
  /** The directory, as the source names it. */
  readonly directory: string;
  /** Steps that are still to be done for what the source has shown. */
  readonly behind: number;
  /** For how long the target has not been what the source showed, in milliseconds; 0 while it is. */
  readonly lagMs: number;
  /** The revision of the source that the target is a copy of; `undefined` before it has been one. */
  readonly revision: bigint | undefined;
  /** The source is out of sight. */
  readonly stale: boolean;
  /** Left out, as they are bound to sessions of the source. */
  readonly ephemeral: number;
  /** What the target can't take, by key of the source. */
  readonly refused: ReadonlyMap<string, Error>;
}

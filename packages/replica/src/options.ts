import type { Version, WaitOptions } from "@coord/core";
import type { MapChange, Rejection } from "./contents.ts";
import type { ValueOptions } from "./values.ts";

export interface SharedMapOptions<T> extends ValueOptions<T>, WaitOptions {}

export interface SetOptions extends WaitOptions {
  /** Only while the entry is in this version; `null`: only while there is none. Else `ConflictError`. */
  readonly ifVersion?: Version | null | undefined;
  /** The entry goes when this client's session ends. Only what isn't there yet, or is owned by this session already, can be owned. */
  readonly owned?: boolean | undefined;
}

export interface DeleteOptions extends WaitOptions {
  readonly ifVersion?: Version | undefined;
}

export interface SharedMapEvents<T> {
  /** Once for each key that has changed, after the whole copy has. Values in between may have been skipped. */
  change(change: MapChange<T>): void;
  /** The store is out of sight, so the copy may be behind; or it is up to date again. */
  stale(stale: boolean): void;
  /** An entry can't be read and is left out; once for each of its versions. */
  rejected(rejection: Rejection): void;
  /**
   * The store was restored to an older state, which the copy then shows: the only way in which it goes back. `now` may be higher
   * than `before`, where others have written since.
   */
  restored(revisions: { readonly before: bigint; readonly now: bigint }): void;
}

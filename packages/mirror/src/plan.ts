import type { Entry, Write } from "@coord/core";
import { type Bytes, encodeJson, type Key } from "@coord/core/recipe";
import { sameBytes } from "./compare.ts";
import { isEphemeral } from "./directory.ts";

/** Writes that belong in one commit. */
export interface Step {
  readonly segment: string;
  readonly writes: readonly Write[];
}

/** What a directory is to become, and what is known of it. */
export interface Sight {
  readonly source: ReadonlyMap<string, Entry>;
  readonly target: ReadonlyMap<string, Entry>;
  readonly keyOf: (segment: string) => Key;
  /** Of each mirrored entry, when it was created in the source; `undefined` where no ledger is kept. */
  readonly ledger: { readonly notes: ReadonlyMap<string, Entry>; readonly keyOf: (segment: string) => Key } | undefined;
}

/**
 * The next steps that bring the target nearer to the source; none when it is there. An entry that was removed and made anew in the
 * source is removed here first, and made by the plan after this one, as it is a new one there too. What the target has of
 * its own, and what is bound to a session there, is left alone.
 */
export function planOf(sight: Sight): readonly Step[] {
  const segments = new Set([...sight.source.keys(), ...sight.target.keys(), ...(sight.ledger?.notes.keys() ?? [])]);
  return [...segments].flatMap((segment) => {
    const writes = writesFor(segment, sight);
    return writes.length > 0 ? [{ segment, writes }] : [];
  });
}

function writesFor(segment: string, sight: Sight): readonly Write[] {
  const wanted = lasting(sight.source.get(segment));
  const found = sight.target.get(segment);
  const noted = sight.ledger?.notes.get(segment);
  if (found && isEphemeral(found)) return [];
  if (!wanted) return noted ? [...(found ? [{ remove: found }] : []), { remove: noted }] : [];
  const note = sight.ledger ? [{ put: sight.ledger.keyOf(segment), value: noteOf(wanted) }] : [];
  if (!found) return [{ create: sight.keyOf(segment), value: wanted.value }, ...note];
  const isNoted = noted === undefined ? sight.ledger === undefined : sameBytes(noted.value, noteOf(wanted));
  if (noted && !isNoted) return [{ remove: found }, { remove: noted }];
  const change = sameBytes(found.value, wanted.value) ? [] : [{ update: found, value: wanted.value }];
  return isNoted ? change : [...change, ...note];
}

const lasting = (entry: Entry | undefined): Entry | undefined => (entry && !isEphemeral(entry) ? entry : undefined);

/** Which of the entries that the source had under this key in the course of time this one is. */
const noteOf = ({ order }: Entry): Bytes => encodeJson({ order: String(order) });

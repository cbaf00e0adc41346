import type { Mutant } from "../mutant.ts";

/** Breaks of copies and mirrors. */
export const mirrors: readonly Mutant[] = [
  {
    name: "a directory that was emptied is still one",
    file: "memory/src/tables.ts",
    from: "if (directory?.delete(key) && directory.size === 0) this.#directories.delete(parent);",
    to: "directory?.delete(key);",
  },
  {
    name: "directories are told of those right above an entry alone",
    file: "core/src/key.ts",
    from: "return slash < 0 ? key : key.slice(0, slash);",
    to: "return slash < 0 ? key : undefined;",
  },
  {
    name: "a service is taken for the name above it",
    file: "discovery/src/discovery.ts",
    from: "const above = new Set(directories.map(parentOf));",
    to: "const above = new Set<string>();",
  },
  {
    name: "new directories are looked for at the start alone",
    file: "mirror/src/tree.ts",
    from: "this.#adjust(await this.#look());\n        await pause",
    to: "if (this.#running.size === 0) this.#adjust(await this.#look());\n        await pause",
  },
  {
    name: "directories that went while nobody mirrored are forgotten",
    file: "mirror/src/tree.ts",
    from: "[from, ledgerOf(this.#root)]",
    to: "[from]",
  },
  {
    name: "the notes of mirrors are copied with all else",
    file: "mirror/src/paths.ts",
    from: "root.at(deeper) !== ledgerName",
    to: 'deeper !== ""',
  },
  {
    name: "what is bound to a session is copied",
    file: "mirror/src/plan.ts",
    from: "entry && !isEphemeral(entry) ? entry : undefined",
    to: "entry",
  },
  {
    name: "what the target has of its own is removed",
    file: "mirror/src/plan.ts",
    from: "return noted ? [...(found ? [{ remove: found }] : []), { remove: noted }] : [];",
    to: "return found ? [{ remove: found }] : [];",
  },
  {
    name: "what was removed in the source stays",
    file: "mirror/src/plan.ts",
    from: "return noted ? [...(found ? [{ remove: found }] : []), { remove: noted }] : [];",
    to: "return [];",
  },
  {
    name: "what was made anew is updated",
    file: "mirror/src/plan.ts",
    from: "if (noted && !isNoted) return [{ remove: found }, { remove: noted }];",
    to: "",
  },
  {
    name: "a mirror begins anew each time",
    file: "mirror/src/reconcile.ts",
    from: "this.#ledger?.read(signal)",
    to: "this.#ledger && new Map<string, Entry>()",
  },
  {
    name: "a batch is larger than a commit",
    file: "mirror/src/writing.ts",
    from: "step.writes.length <= room.writes && bytes <= room.bytes",
    to: "step.writes.length <= 1000",
  },
  {
    name: "a mirror keeps to no rate",
    file: "mirror/src/writing.ts",
    from: "(writes.length / this.#perSecond) * 1_000",
    to: "0",
  },
  {
    name: "the target is never looked at again",
    file: "mirror/src/mirroring.ts",
    from: "if (reached && !this.#news.signal.aborted) this.#reconciler.forget();",
    to: "",
  },
  {
    name: "a difference is none",
    file: "mirror/src/compare.ts",
    from: "same: missing.length + different.length === 0,",
    to: "same: true,",
  },
];

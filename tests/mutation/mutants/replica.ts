import type { Mutant } from "../mutant.ts";

/** Breaks of shared maps. */
export const replica: readonly Mutant[] = [
  {
    name: "a copy that is behind says nothing",
    file: "replica/src/local-copy.ts",
    from: "this.#fresh = fresh;",
    to: "this.#fresh = true;",
  },
  {
    name: "out of sight is empty",
    file: "replica/src/local-copy.ts",
    from: "stale ? this.#contents :",
    to: "stale ? new Contents<T>() :",
  },
  {
    name: "a write resolves before the copy has it",
    file: "replica/src/shared-map.ts",
    from: "await this.#reaches(wait, () => this.revision >= written.revision);\n      return sharedEntry(key, written.entry, this.#values);\n    });\n  }\n\n  /**\n   * Changes",
    to: "return sharedEntry(key, written.entry, this.#values);\n    });\n  }\n\n  /**\n   * Changes",
  },
  {
    name: "what can't be read ends the copy",
    file: "replica/src/contents.ts",
    from: "if (error instanceof ValidationError) return",
    to: "if (error instanceof TypeError) return",
  },
  {
    name: "what was made anew passes for updated",
    file: "replica/src/contents.ts",
    from: "before.order === now.order",
    to: "before.key === now.key",
  },
  {
    name: "another spelling of a key is taken for it",
    file: "replica/src/contents.ts",
    from: "return segmentOf(key) === segment;",
    to: "return segmentOf(key) !== undefined;",
  },
  {
    name: "what is read can be changed",
    file: "replica/src/values.ts",
    from: "return Object.freeze(value);",
    to: "return value;",
  },
  {
    name: "what the schema refuses is written",
    file: "replica/src/values.ts",
    from: "    await this.decoded(bytes, where);\n    return bytes;",
    to: "    return bytes;",
  },
  {
    name: "a version that isn't there any more is written on",
    file: "replica/src/writer.ts",
    from: "if (entry?.version === version) return entry;",
    to: "if (entry) return entry;",
  },
  {
    name: "an update gives up at the first conflict",
    file: "replica/src/writer.ts",
    from: "const attempts = 16;",
    to: "const attempts = 1;",
  },
  {
    name: "what another session owns can be owned",
    file: "replica/src/writer.ts",
    from: "if (!isOurs(found)) throw taken(found);",
    to: "",
  },
  {
    name: "an owned entry stays",
    file: "replica/src/writer.ts",
    from: "{ create: key, value, session: session.stored }",
    to: "{ create: key, value }",
  },
];

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are pieces of source

import type { Mutant } from "../mutant.ts";

/** Breaks of clients on several stores. */
export const routes: readonly Mutant[] = [
  {
    name: "a commit over two stores goes to the first",
    file: "core/src/routed.ts",
    from: "const other = keys.find((key) => mountOf(mounts, key) !== mount);",
    to: "const other = keys.find((key) => mountOf(mounts, key) === undefined);",
  },
  {
    name: "the shortest route decides",
    file: "core/src/routed.ts",
    from: "b.at.length - a.at.length",
    to: "a.at.length - b.at.length",
  },
  {
    name: "a route is a prefix of characters",
    file: "core/src/routed.ts",
    from: "key.startsWith(`${at}/`)",
    to: "key.startsWith(at)",
  },
  {
    name: "the children on one of two stores pass for all",
    file: "core/src/routed.ts",
    from: "if (owner && !apart) return owner.store;",
    to: "if (owner) return owner.store;",
  },
  {
    name: "a client is as well off as the best of its sessions",
    file: "core/src/coord.ts",
    from: '["lost", "suspended", "connected"]',
    to: '["connected", "suspended", "lost"]',
  },
  {
    name: "every recipe has the session of the first store",
    file: "core/src/coord.ts",
    from: "at: (key) => mountOf(mounts, key).context,",
    to: "at: () => mounts[0]?.context as RecipeContext,",
  },
];

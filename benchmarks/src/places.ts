import { fileURLToPath } from "node:url";

// From this folder and from the one of the bundle alike, which are at the same depth.
const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where the testbed keeps the servers that it has fetched. */
export const serverCache = place("../../.cache/servers/");

export const resultsFolder = place("../results/");

/** The bundled program of a process of contenders. */
export const contenderProgram = place("contender-process.mjs");

/** The bundled program of a leader that is to be killed. */
export const leaderProgram = place("leader-process.mjs");

import type { Entry } from "./store.ts";

/** Whether both are of one write. Their versions alone don't tell: a store that was restored gives them out once more. */
export const isSame = (a: Entry, b: Entry): boolean =>
  a.version === b.version && a.order === b.order && Buffer.compare(a.value, b.value) === 0;

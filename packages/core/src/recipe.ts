export { onAbort } from "./abort.ts";
export { runBody } from "./body.ts";
export { traced } from "./diagnostics.ts";
export { heldInFlow } from "./flow.ts";
export type { Grant } from "./grant.ts";
export { Hold } from "./hold.ts";
export { decodeJson, encodeJson } from "./json.ts";
export { assertKey, joinKey, parentOf, toKey, toName } from "./key.ts";
export {
  admit,
  attended,
  type EnterOptions,
  enter,
  enterNow,
  type Line,
  newContender,
  unlessCancelled,
} from "./line.ts";
export { decodeOwner, encodeOwner, type Owner } from "./owner.ts";
export { contextOf, type RecipeContext } from "./recipe-context.ts";
export { isTransient, pause, retry } from "./retry.ts";
export { type ReviseOptions, revise } from "./revise.ts";
export type { Bytes, Entry, Key, Place, Rival } from "./store.ts";
export { assertDuration, type Wait, type WaitOptions, waiting } from "./wait.ts";

export { onAbort } from "./abort.ts";
export { runBody } from "./body.ts";
export type { Contender, LineRules } from "./contender.ts";
export { traced } from "./diagnostics.ts";
export { eachOf } from "./each-of.ts";
export { Events } from "./events.ts";
export { heldInFlow } from "./flow.ts";
export { reportForeign } from "./foreign.ts";
export type { Grant, GrantRules } from "./grant.ts";
export { Hold } from "./hold.ts";
export { decodeJson, encodeJson } from "./json.ts";
export { assertKey, joinKey, parentOf, segmentOf, toKey, toName } from "./key.ts";
export { type LastingOptions, lasting } from "./lasting.ts";
export { Latest } from "./latest.ts";
export { fromLetters, toLetters } from "./letters.ts";
export {
  attended,
  type EnterOptions,
  enter,
  enterNow,
  granted,
  type Line,
  newContender,
  unlessCancelled,
} from "./line.ts";
export type { Logger } from "./logger.ts";
export { decodeOwner, encodeOwner, type Owner, thisHost } from "./owner.ts";
export { contextOf, type RecipeContext } from "./recipe-context.ts";
export { isTransient, pause, retry } from "./retry.ts";
export { type ReviseOptions, revise } from "./revise.ts";
export type { Runtime, Timer } from "./runtime.ts";
export { isSame } from "./same-entry.ts";
export type { Session } from "./session.ts";
export { closedError } from "./session-keeper.ts";
export { lookOn, type Onlooker } from "./shared-watch.ts";
export type { Bytes, Entry, Key, Place, Rival, Snapshot, Write } from "./store.ts";
export { assertDuration, type Wait, type WaitLimits, type WaitOptions, waiting } from "./wait.ts";
export { walk } from "./walk.ts";

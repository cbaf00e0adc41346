import type { Key, RecipeContext } from "@coord/core/recipe";
import { Keeper, type KeeperRules } from "./keeper.ts";

/** Those of each client, by key: they share its session, so the store can't tell two of them apart. */
const keepers = new WeakMap<RecipeContext, Map<Key, Keeper>>();

/**
 * Begins to keep a key for a client. One of the same client that has it is replaced, if it may be.
 *
 * @throws what the rules call `taken`
 */
export function keep(
  context: RecipeContext,
  rules: Omit<KeeperRules, "before" | "onGivenBack">,
  mayReplace: boolean,
): Keeper {
  const ofClient = keepers.get(context) ?? new Map<Key, Keeper>();
  keepers.set(context, ofClient);
  const before = ofClient.get(rules.key);
  if (before?.living && !mayReplace) throw rules.taken();
  const onGivenBack = (to: Keeper) => ofClient.set(rules.key, to);
  const keeper = new Keeper(context, { ...rules, before, onGivenBack });
  ofClient.set(rules.key, keeper);
  void keeper.over.then(() => ofClient.get(rules.key) === keeper && ofClient.delete(rules.key));
  return keeper;
}

import type { Place, Rival } from "@coord/core/recipe";
import { type Gathering, idOf, membersIn } from "./gathering.ts";

/**
 * Looks after one generation until `decided`: the first of its parties watches all the others, each other one follows the first. So
 * whoever goes, it is noticed, and nobody but the first is woken by those who come.
 */
export async function supervise(
  gathering: Gathering,
  place: Place,
  generation: number,
  decided: AbortSignal,
): Promise<void> {
  try {
    if (await followFirst(gathering, place, generation, decided)) await watchAll(gathering, generation, decided);
  } catch (error) {
    if (!decided.aborted)
      gathering.context.logger.warn(
        { error, key: gathering.line },
        "the parties of a barrier can't be watched by this one",
      );
  }
}

/** `true` when it has become the first itself. */
async function followFirst(
  gathering: Gathering,
  place: Place,
  generation: number,
  decided: AbortSignal,
): Promise<boolean> {
  const { context, options, state } = gathering;
  const kind = gathering.kindOf(generation);
  const firstOf = (ahead: readonly Rival[]) => ahead.filter((rival) => rival.kind === kind).slice(0, 1);
  const [first] = firstOf(place.ahead);
  if (!first) return true;
  for await (const { ahead, present, stale } of context.store.follow(place, firstOf, { signal: decided })) {
    if (stale) continue;
    if (!present) return false;
    const [now] = firstOf(ahead);
    if (now?.key !== first.key && options.onLoss === "break") {
      await state.breakUp(generation, { signal: decided });
      return false;
    }
    if (!now) return true;
  }
  return false;
}

/** Breaks the barrier when one of those who came is gone, and trips it when all are there and whoever should have, has not. */
async function watchAll(gathering: Gathering, generation: number, decided: AbortSignal): Promise<void> {
  const { context, line, options, parties, state } = gathering;
  let seen: readonly string[] = [];
  for await (const { entries, stale } of context.store.watch({ under: line }, { signal: decided })) {
    if (stale) continue;
    const ids = membersIn(gathering, generation, entries).map(({ key }) => idOf(key));
    if (options.onLoss === "break" && seen.some((id) => !ids.includes(id)))
      return void (await state.breakUp(generation, { signal: decided }));
    seen = ids.slice(0, parties);
    if (seen.length === parties) await state.trip(generation, seen, { signal: decided });
  }
}

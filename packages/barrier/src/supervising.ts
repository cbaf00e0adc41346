import { lasting, type Place, type Rival } from "@coord/core/recipe";
import { type Gathering, idOf, membersIn } from "./gathering.ts";

/**
 * Looks after one generation until `decided`: the first of its parties watches all the others, each other one follows the first. So
 * whoever goes, it is noticed, and nobody but the first is woken by those who come. Resolves with `gone` when this party is not there
 * any more and others may still pass without it.
 */
export async function supervise(
  gathering: Gathering,
  place: Place,
  generation: number,
  decided: AbortSignal,
): Promise<"gone" | undefined> {
  try {
    let found = await followFirst(gathering, place, generation, decided);
    if (found === "first") found = await watchAll(gathering, place, generation, decided);
    if (found !== "gone" || decided.aborted) return undefined;
    if (gathering.options.onLoss === "wait") return "gone";
    if (!gathering.isSpare(place, generation)) await gathering.state.breakUp(generation, { signal: decided });
  } catch (error) {
    if (!decided.aborted) unseen(gathering)(error);
  }
  return undefined;
}

const unseen =
  ({ context, line }: Gathering) =>
  (error: unknown): void =>
    context.logger.warn({ error, key: line }, "the parties of a barrier can't be watched by this one");

/** What ended it: this party has become the first itself, or it is gone; nothing when there is no more to look after. */
type Found = "first" | "gone" | undefined;

async function followFirst(
  gathering: Gathering,
  place: Place,
  generation: number,
  decided: AbortSignal,
): Promise<Found> {
  const { context, options, state } = gathering;
  const kind = gathering.kindOf(generation);
  const firstOf = (ahead: readonly Rival[]) => ahead.filter((rival) => rival.kind === kind).slice(0, 1);
  const [first] = firstOf(place.ahead);
  if (!first) return "first";
  const follow = () => context.store.follow(place, firstOf, { signal: decided });
  for await (const { ahead, present, stale } of lasting(context, follow, {
    signal: decided,
    failed: unseen(gathering),
  })) {
    if (stale) continue;
    if (!present) return "gone";
    const [now] = firstOf(ahead);
    if (now?.key !== first.key && options.onLoss === "break") {
      await state.breakUp(generation, { signal: decided });
      return undefined;
    }
    if (!now) return "first";
  }
  return undefined;
}

/** Breaks the barrier when one of those who came is gone, and trips it when all are there and whoever should have, has not. */
async function watchAll(gathering: Gathering, place: Place, generation: number, decided: AbortSignal): Promise<Found> {
  const { context, line, options, parties, state } = gathering;
  const own = idOf(place.mine.key);
  let seen: readonly string[] = [own];
  const watch = () => context.store.watch({ under: line }, { signal: decided });
  for await (const { entries, stale } of lasting(context, watch, { signal: decided, failed: unseen(gathering) })) {
    if (stale) continue;
    const ids = membersIn(gathering, generation, entries).map(({ key }) => idOf(key));
    if (options.onLoss === "break" && seen.some((id) => !ids.includes(id)))
      return void (await state.breakUp(generation, { signal: decided }));
    if (!ids.includes(own)) return "gone";
    seen = ids.slice(0, parties);
    if (seen.length === parties) await state.trip(generation, seen, { signal: decided });
  }
  return undefined;
}

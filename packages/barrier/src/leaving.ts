import type { Key } from "@coord/core";
import { isTransient, retry } from "@coord/core/recipe";
import { type Gathering, membersIn } from "./gathering.ts";

/**
 * Resolves when nobody is left of those who passed in this generation, and the next one may gather. Whoever is first of those who are
 * left clears the way when it goes as the last; if it died before it could, whoever waits for it does.
 */
export async function untilAllLeft(gathering: Gathering, generation: number, signal: AbortSignal): Promise<void> {
  const { context, line, state } = gathering;
  while (!signal.aborted) {
    const { entries } = await retry(context.runtime, () => context.store.list(line), { signal, when: isTransient });
    const [first] = membersIn(gathering, generation, entries);
    if (!first) return void (await state.clear(generation + 1, { signal }));
    await untilGone(gathering, first.key, signal);
    const { generation: now, busy } = await state.current({ signal });
    if (now !== generation + 1 || !busy) return;
  }
}

async function untilGone({ context }: Gathering, key: string, signal: AbortSignal): Promise<void> {
  for await (const { entries, stale } of context.store.watch({ key }, { signal })) {
    if (!stale && entries.length === 0) return;
  }
}

/**
 * Resolves when the one at this key is the only one left of its generation. If its own entry is gone, it waits as the others do, unless
 * its hold, which knows why, ends the wait.
 */
export async function untilAlone(
  gathering: Gathering,
  generation: number,
  own: Key,
  signal: AbortSignal,
): Promise<void> {
  for await (const { entries, stale } of gathering.context.store.watch({ under: gathering.line }, { signal })) {
    if (stale) continue;
    const members = membersIn(gathering, generation, entries);
    if (members.length === 1 && members[0]?.key === own) return;
    if (members.every(({ key }) => key !== own)) return untilAllLeft(gathering, generation, signal);
  }
}

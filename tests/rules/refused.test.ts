// A store that refuses once, as a right was withdrawn for a moment or a credential ran out, ends a view for good. Nothing that
// somebody relies on may end with it.
import { CyclicBarrier } from "@coord/barrier";
import { AuthError, connect } from "@coord/core";
import { type Runtime, type Scope, type Store, systemRuntime } from "@coord/core/spi";
import { Election } from "@coord/election";
import { Mutex, Semaphore } from "@coord/lock";
import { MemoryServer, memory } from "@coord/memory";
import { expect, test } from "vitest";
import { decorated } from "../testbed/decorated.ts";
import { eventually } from "../testbed/eventually.ts";

const nothing = () => {};
const refusal = () => new AuthError("The token has expired.");

const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error) => error.code,
  );

/** The system's, and how many of its timers are still to fire. */
function countedTimers() {
  const pending = new Set<object>();
  const timer: Runtime["timer"] = (delayMs, fire, options) => {
    const mine = {};
    pending.add(mine);
    const set = systemRuntime.timer(
      delayMs,
      () => {
        pending.delete(mine);
        fire();
      },
      options,
    );
    return {
      cancel: () => {
        pending.delete(mine);
        set.cancel();
      },
    };
  };
  return { runtime: { ...systemRuntime, timer }, pending };
}

/** Refuses the first watch of this kind. */
function refusingWatch(isMeant: (scope: Scope) => boolean) {
  const state = { refused: 0, watching: 0 };
  const differently = (store: Store): Partial<Store> => ({
    watch: (scope, options) => {
      if (!isMeant(scope)) return store.watch(scope, options);
      if (state.refused > 0) {
        state.watching += 1;
        return store.watch(scope, options);
      }
      state.refused += 1;
      return {
        [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(refusal()) }),
      };
    },
  });
  return { state, differently };
}

test("a hold whose watch was refused once hears of its removal nevertheless", async () => {
  const server = new MemoryServer();
  const { state, differently } = refusingWatch((scope) => "key" in scope);
  await using coord = await connect(decorated(server, differently));
  await using other = await connect(memory({ server }));
  const hold = await new Mutex(coord, "m").acquire();
  await eventually("the watch to be refused", () => state.refused === 1);
  const { exists } = hold.guard as { readonly exists: string };
  await other.store.commit({ writes: [{ remove: exists }] });
  await eventually("the hold to be lost", () => hold.lost);
});

test("another limit lets a waiter in though the watch of the limit was refused once", async () => {
  const server = new MemoryServer();
  const { state, differently } = refusingWatch((scope) => "key" in scope && scope.key.endsWith("/limit"));
  await using coord = await connect(decorated(server, differently));
  await using other = await connect(memory({ server }));
  const semaphore = new Semaphore(coord, "s", { permits: 1 });
  await semaphore.acquire();
  const waiting = semaphore.acquire({ waitMs: 5_000 });
  await eventually("the watch to be refused", () => state.refused === 1);
  await new Semaphore(other, "s").setLimit(2);
  expect(await outcome(waiting)).toBe("done");
});

test("a limit that makes no sense is passed over: the next one lets a waiter in", async () => {
  const server = new MemoryServer();
  const warnings: string[] = [];
  const logger = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (_: object, text: string) => void warnings.push(text),
  };
  await using coord = await connect(memory({ server }), { logger });
  await using other = await connect(memory({ server }));
  const semaphore = new Semaphore(coord, "s", { permits: 1 });
  await semaphore.acquire();
  const waiting = semaphore.acquire({ waitMs: 5_000 });
  await eventually("it to wait", async () => (await semaphore.inspect()).waiters.length === 1);
  const write = (text: string) =>
    other.store.commit({ writes: [{ put: "s/limit", value: new TextEncoder().encode(text) }] });
  await write("many");
  await eventually("that to be seen", () => warnings.some((text) => text.startsWith("the limit can't be seen")));
  await write("2");
  expect(await outcome(waiting)).toBe("done");
});

test("the death of a party breaks a barrier though the watch of its first one was refused once", async () => {
  const server = new MemoryServer();
  const { state, differently } = refusingWatch((scope) => "under" in scope);
  await using coord = await connect(decorated(server, differently));
  const other = await connect(memory({ server }));
  const arrived = outcome(new CyclicBarrier(coord, "b", { parties: 3 }).arrive({ waitMs: 5_000 }));
  await eventually("the watch to be opened again", () => state.watching === 1);
  const died = outcome(new CyclicBarrier(other, "b", { parties: 3 }).arrive());
  await eventually("the other one to come", async () => (await coord.store.list("b")).entries.length >= 2);
  await other.close({ waitMs: 0 });
  expect(await arrived).toBe("BROKEN_BARRIER");
  await died;
});

test("who observes an election is told of leaders after a watch that was refused, and meanwhile of the last one as stale", async () => {
  const server = new MemoryServer();
  let refuse = (): void => {};
  const differently = (store: Store): Partial<Store> => ({
    watch: (scope, options) => refusedLater(store.watch(scope, options)),
  });
  const refusedLater = async function* <T>(source: AsyncIterable<T>) {
    const refused = new Promise<never>((_, reject) => {
      refuse = () => reject(refusal());
    });
    const values = source[Symbol.asyncIterator]();
    while (true) {
      const { done, value } = await Promise.race([values.next(), refused]);
      if (done) return;
      yield value;
    }
  };
  await using coord = await connect(decorated(server, differently));
  await using other = await connect(memory({ server }));
  const leadership = await new Election(other, "e", { id: "first" }).campaign();
  const leaders = new Election(coord, "e").observe();
  expect((await leaders.next()).value).toMatchObject({ id: "first", stale: false });
  refuse();
  expect((await leaders.next()).value).toMatchObject({ id: "first", stale: true });
  expect((await leaders.next()).value).toMatchObject({ id: "first", stale: false });
  await leadership.release();
  expect((await leaders.next()).value).toBe(null);
  await leaders.return(undefined);
});

test.each([
  ["once", 1, "released"],
  ["for longer than anybody waits for", 12, "lost"],
])("a release that is refused %s is repeated until the lock is free", async (_, times, told) => {
  const server = new MemoryServer();
  let left = 0;
  const differently = (store: Store): Partial<Store> => ({
    commit: (what, options) => {
      if (left === 0) return store.commit(what, options);
      left -= 1;
      return Promise.reject(refusal());
    },
  });
  await using coord = await connect(decorated(server, differently));
  await using other = await connect(memory({ server }));
  const hold = await new Mutex(coord, "m").acquire();
  left = times;
  expect(await hold.release()).toBe(told);
  expect(await outcome(new Mutex(other, "m").acquire({ waitMs: 30_000 }))).toBe("done");
  expect(left).toBe(0);
});

test("a release that is refused is given up with the session", async () => {
  let refused = 0;
  let refuse = false;
  const differently = (store: Store): Partial<Store> => ({
    commit: (what, options) => {
      if (!refuse) return store.commit(what, options);
      refused += 1;
      return Promise.reject(refusal());
    },
  });
  const { runtime, pending } = countedTimers();
  const coord = await connect(decorated(new MemoryServer(), differently), { runtime });
  const hold = await new Mutex(coord, "m").acquire();
  refuse = true;
  expect(await hold.release()).toBe("lost");
  const told = refused;
  await eventually("it to be tried on", () => refused > told);
  await coord.close();
  expect(pending.size).toBe(0);
});

// Who listens is told of each thing once, and who leaves is let go.
import { Barrier, CountDownLatch, DoubleBarrier } from "@coord/barrier";
import { connect, routes } from "@coord/core";
import { type Backend, type Runtime, type SessionEvents, systemRuntime } from "@coord/core/spi";
import { Election } from "@coord/election";
import { Mutex } from "@coord/lock";
import { MemoryServer, memory } from "@coord/memory";
import { expect, test } from "vitest";
import { decorated } from "../testbed/decorated.ts";
import { eventually } from "../testbed/eventually.ts";

/** A store whose sessions' events can be told by hand. */
function told(): { readonly backend: Backend; readonly events: SessionEvents[] } {
  const events: SessionEvents[] = [];
  const backend = decorated(new MemoryServer(), (store) => ({
    openSession: (options) => {
      events.push(options.events);
      return store.openSession({ ...options, events: { ...options.events, renewed: () => {} } });
    },
  }));
  return { backend, events };
}

const thisTurn = () => new Promise((resolve) => setImmediate(resolve));

test("each listener of a hold hears of one loss once, also who comes after it", async () => {
  await using coord = await connect(memory());
  const hold = await new Mutex(coord, "m").acquire();
  const heard: string[] = [];
  hold.on("lost", () => heard.push("before"));
  const { exists } = hold.guard as { readonly exists: string };
  await coord.store.commit({ writes: [{ remove: exists }] });
  await eventually("the hold to be lost", () => hold.lost);
  hold.on("lost", () => heard.push("after"));
  await thisTurn();
  expect(heard).toEqual(["before", "after"]);
});

test("a listener that was taken away again hears of nothing", async () => {
  await using coord = await connect(memory());
  const hold = await new Mutex(coord, "m").acquire();
  const { exists } = hold.guard as { readonly exists: string };
  await coord.store.commit({ writes: [{ remove: exists }] });
  await eventually("the hold to be lost", () => hold.lost);
  const heard: string[] = [];
  const listener = () => void heard.push("lost");
  hold.on("lost", listener).off("lost", listener);
  await thisTurn();
  expect(heard).toEqual([]);
});

test("each listener of a hold hears of one suspension once", async () => {
  const { backend, events } = told();
  await using coord = await connect(backend);
  const hold = await new Mutex(coord, "m").acquire();
  events[0]?.disconnected();
  expect(coord.state).toBe("suspended");
  const heard: string[] = [];
  hold.on("suspended", () => heard.push("first"));
  hold.on("suspended", () => heard.push("second"));
  await thisTurn();
  expect(heard).toEqual(["first", "second"]);
});

test("a client on several stores tells each state once, also when it finds more than it was told of", async () => {
  let sleptMs = 0;
  const runtime: Runtime = { ...systemRuntime, now: () => systemRuntime.now() + sleptMs };
  const [one, two] = [told(), told()];
  await using coord = await connect(routes({ one: one.backend, "": two.backend }), {
    runtime,
    session: { ttlMs: 1_000 },
  });
  const heard: string[] = [];
  coord.on("state", (now, before) => heard.push(`${before} > ${now}`));
  sleptMs = 5_000; // both deadlines have passed, and no timer has fired yet
  one.events[0]?.disconnected();
  await thisTurn();
  expect(heard.filter((each) => each.endsWith("> lost"))).toEqual(["connected > lost"]);
});

test("who leaves an observed election doesn't wait for the next leader", async () => {
  await using coord = await connect(memory());
  const leaders = new Election(coord, "e").observe();
  expect((await leaders.next()).value).toBe(null);
  const next = leaders.next();
  expect((await leaders.return(undefined)).done).toBe(true);
  expect((await next).done).toBe(true);
});

test("a member that leaves twice leaves once, and both calls wait for all", async () => {
  await using coord = await connect(memory());
  const barrier = new DoubleBarrier(coord, "b", { parties: 2 });
  const members = await Promise.all([barrier.enter(), barrier.enter()]);
  await Promise.all(members.flatMap((member) => [member.leave(), member.leave()]));
});

test("a latch is no barrier: nobody waits for it, raises it nor lowers it", async () => {
  await using coord = await connect(memory());
  const latch = new CountDownLatch(coord, "x", { count: 1 });
  await latch.countDown("a");
  const barrier = new Barrier(coord, "x");
  for (const misuse of [barrier.wait({ waitMs: 1_000 }), barrier.lower(), barrier.raise(), barrier.raised()]) {
    await expect(misuse).rejects.toMatchObject({ code: "TYPE_CONFLICT" });
  }
  expect((await latch.inspect()).open).toBe(true);
});

test("what a candidate publishes must be JSON", async () => {
  await using coord = await connect(memory());
  const election = new Election(coord, "e", { data: { count: 1n } });
  await expect(election.campaign({ waitMs: 1_000 })).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringContaining("must be JSON"),
  });
});

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { type ConnectOptions, type Coord, CoordError, systemRuntime, UsageError } from "@coord/core";
import { connect, LinkError, MemoryServer, portLink, processPort, serve } from "@coord/memory";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { lock } from "./lock.ts";
import type { Told } from "./port-child.ts";

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coord-port-"));
  program = join(folder, "port-child.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("port-child.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@coord/source"],
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A server, and the two ends of a channel by which it is reached. */
function channel() {
  const server = new MemoryServer();
  const { port1, port2 } = new MessageChannel();
  const end = serve(server, port1);
  onTestFinished(() => port1.close());
  return { server, port1, port2, end };
}

async function client(target: Parameters<typeof connect>[0], options: ConnectOptions = {}): Promise<Coord> {
  const coord = await connect(target, options);
  onTestFinished(() => coord.close());
  return coord;
}

const overPort = (port: MessagePort) => client({ link: portLink(port) });

function child(...args: Parameters<typeof fork>[1] & string[]): ChildProcess {
  const started = fork(program, args, { serialization: "advanced" });
  onTestFinished(() => void started.kill("SIGKILL"));
  return started;
}

/** What the child says next of its own; the store's messages are none of it. */
function told(from: ChildProcess): Promise<Told> {
  return new Promise((resolve) => {
    from.on("message", function listen(message: Told) {
      if (typeof message !== "object" || !("told" in message)) return;
      from.off("message", listen);
      resolve(message);
    });
  });
}

async function ending(of: ChildProcess | Worker): Promise<unknown> {
  const [code] = await once(of, "exit");
  return code;
}

test("a lock excludes across a port, and is let go in the order of the line", async () => {
  const { server, port2 } = channel();
  const [here, there] = [await client({ server }), await overPort(port2)];
  const first = await lock(there, "shared");
  const order: string[] = [];
  const second = lock(here, "shared").then((hold) => {
    order.push("here");
    return hold;
  });
  await vi.waitFor(() => expect(server.list("shared").entries).toHaveLength(2));
  const third = lock(there, "shared").then((hold) => {
    order.push("there");
    return hold;
  });
  await vi.waitFor(() => expect(server.list("shared").entries).toHaveLength(3));
  expect(order).toEqual([]);
  await first.release();
  expect((await second).fencingToken).toBeGreaterThan(first.fencingToken);
  expect(order).toEqual(["here"]);
  await (await second).release();
  expect((await third).fencingToken).toBeGreaterThan((await second).fencingToken);
});

test("what the other side writes is seen by a watch, and values keep their bytes", async () => {
  const { server, port2 } = channel();
  const [here, there] = [await client({ server }), await overPort(port2)];
  const seen: (number[] | undefined)[] = [];
  const watching = new AbortController();
  const watch = (async () => {
    for await (const { entries } of there.store.watch({ key: "a/b" }, { signal: watching.signal })) {
      seen.push(entries[0] && [...entries[0].value]);
    }
  })();
  await vi.waitFor(() => expect(seen).toEqual([undefined]));
  await here.store.commit({ writes: [{ create: "a/b", value: Uint8Array.of(0, 255) }] });
  await vi.waitFor(() => expect(seen).toEqual([undefined, [0, 255]]));
  watching.abort();
  await watch;
  await vi.waitFor(() => expect(server.subscriptionCount).toBe(0));
});

test("errors keep their kind across a port", async () => {
  const { port2 } = channel();
  const there = await overPort(port2);
  const create = () => there.store.commit({ writes: [{ create: "a", value: Uint8Array.of(1) }] });
  await create();
  await expect(create()).rejects.toSatisfy((error) => CoordError.is(error, "CONFLICT"));
});

test("two clients share one port, next to messages of others", async () => {
  const { port1, port2 } = channel();
  const [one, two] = [await overPort(port2), await overPort(port2)];
  for (const message of ["hello", null, 7, { to: "somebody" }]) {
    port1.postMessage(message);
    port2.postMessage(message);
  }
  const hold = await lock(one, "shared");
  await expect(lock(two, "shared", { waitMs: 50 })).rejects.toThrow("did not come free");
  await hold.release();
  await one.close();
  await (await lock(two, "shared")).release();
});

test("one link serves a second client after the first was closed", async () => {
  const { port2 } = channel();
  const link = portLink(port2);
  await (await client({ link })).close();
  const again = await client({ link });
  await (await lock(again, "shared")).release();
});

test("closing the port ends the client's subscriptions; what it asks is refused", async () => {
  const { server, port1, port2 } = channel();
  const here = await client({ server });
  const there = await overPort(port2);
  const held = await lock(here, "shared");
  const waiting = lock(there, "shared", { waitMs: 3_000 });
  waiting.catch(() => {});
  await vi.waitFor(() => expect(server.list("shared").entries).toHaveLength(2));
  await vi.waitFor(() => expect(server.subscriptionCount).toBe(2)); // the holder's of its own entry, and the waiter's
  port1.close();
  await vi.waitFor(() => expect(server.subscriptionCount).toBe(1));
  await expect(there.store.get("a")).rejects.toSatisfy((error) => CoordError.is(error, "UNAVAILABLE"));
  await expect(waiting).rejects.toThrow("did not come free");
  await held.release();
});

test("a request under way when the port closes may have happened; a later one has not", async () => {
  const { port1, port2 } = new MessageChannel(); // nobody serves it, so no answer comes
  const link = portLink(port2)(systemRuntime);
  const road = link.open(() => {});
  const underWay = road.exchange({ verb: "ping", ask: {} });
  port1.close();
  await expect(underWay).rejects.toEqual(new LinkError("maybe"));
  await expect(road.exchange({ verb: "ping", ask: {} })).rejects.toEqual(new LinkError("no"));
  await expect(link.open(() => {}).exchange({ verb: "ping", ask: {} })).rejects.toEqual(new LinkError("no"));
});

test("a connection that the server doesn't know is refused, and the next one is served", async () => {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const link = portLink(port2)(systemRuntime);
  port1.on("message", () => {}); // takes away what comes before the serving began
  const unheard = link.open(() => {});
  await new Promise(setImmediate);
  serve(new MemoryServer(), port1);
  await expect(unheard.exchange({ verb: "ping", ask: {} })).rejects.toEqual(new LinkError("no"));
  unheard.close();
  const heard = link.open(() => {});
  await expect(heard.exchange({ verb: "ping", ask: {} })).resolves.toEqual({ ok: undefined });
  heard.close();
});

test("who ends the serving is done with it at once, and so is the other end", async () => {
  const { server, port2, end } = channel();
  const there = await overPort(port2);
  const stale = (async () => {
    for await (const snapshot of there.store.watch({ under: "a" })) if (snapshot.stale) return true;
    return false;
  })();
  await vi.waitFor(() => expect(server.subscriptionCount).toBe(1));
  end();
  expect(server.subscriptionCount).toBe(0);
  expect(await stale).toBe(true);
});

test("a forked process takes turns with this one, and ends by itself once it closed its client", async () => {
  const server = new MemoryServer();
  const here = await client({ server });
  const first = await lock(here, "shared");
  const forked = child();
  serve(server, processPort(forked));
  await vi.waitFor(() => expect(server.list("shared").entries).toHaveLength(2), 5_000);
  const holds = told(forked);
  await first.release();
  expect((await holds).token).toBeGreaterThan(first.fencingToken);
  const second = lock(here, "shared");
  await vi.waitFor(() => expect(server.list("shared").entries).toHaveLength(2));
  const exit = ending(forked);
  forked.send("close");
  await (await second).release();
  expect(await exit).toBe(0);
  expect(server.subscriptionCount).toBe(0);
});

test("the lock of a killed process passes on after its ttl, and not before", async () => {
  const server = new MemoryServer();
  const here = await client({ server });
  const forked = child();
  serve(server, processPort(forked));
  const dead = await told(forked);
  const next = lock(here, "shared");
  await vi.waitFor(() => expect(server.list("shared").entries).toHaveLength(2));
  let there = server.list("shared").entries;
  const unobserve = server.observe("shared", (entries) => {
    there = entries;
  });
  const exit = ending(forked);
  forked.kill("SIGKILL");
  await exit;
  const killedAtMs = performance.now();
  expect(there.map(({ order }) => order)).toContain(dead.token);
  const hold = await next;
  expect(performance.now() - killedAtMs).toBeLessThan(400 + 1_000);
  expect(there.map(({ order }) => order)).toEqual([hold.fencingToken]);
  unobserve();
  await hold.release();
  await here.close();
  expect(server.subscriptionCount).toBe(0);
});

test("a process that has the server, a port and a client ends by itself once the client is closed", async () => {
  expect(await ending(child("alone"))).toBe(0);
});

test("a thread uses the store of another one and ends by itself", async () => {
  const { server, port1, port2 } = channel();
  const thread = new Worker(program, { workerData: port2, transferList: [port2] });
  onTestFinished(async () => void (await thread.terminate()));
  const closed = once(port1, "close");
  expect(await ending(thread)).toBe(0);
  await closed;
  expect(server.list("shared").entries).toEqual([]);
});

test("a channel that carries no bigints is refused with what to do", async () => {
  const forked = fork(program);
  onTestFinished(() => void forked.kill("SIGKILL"));
  const { told: kind, error } = await told(forked);
  expect({ kind, error }).toEqual({ kind: "error", error: expect.stringContaining('serialization: "advanced"') });
});

test("a process without a channel is refused", () => {
  const off = () => {};
  expect(() => processPort({ connected: false, on: off, off })).toThrow(UsageError);
});

import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Coord } from "@coord/core";
import { Election } from "@coord/election";
import { Mutex } from "@coord/lock";
import { describe, expect, onTestFinished, test } from "vitest";
import { hostPort } from "../testbed/endpoint.ts";
import { eventually } from "../testbed/eventually.ts";
import { binaries, EtcdWorld } from "./world.ts";

/** `etcdctl lock` or `elect`, which prints its key once it has the lock or leads, and does so until it is told to end. */
class Etcdctl {
  readonly #process: ChildProcessByStdio<null, Readable, null>;
  readonly #name: string;
  said = "";

  constructor(world: EtcdWorld, command: "lock" | "elect", name: string, ...more: readonly string[]) {
    const endpoint = `--endpoints=${hostPort(world.cluster.node.endpoint)}`;
    this.#name = name;
    this.#process = spawn(binaries?.etcdctl ?? "", [endpoint, command, name, ...more], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ETCDCTL_API: "3" },
    });
    this.#process.stdout.on("data", (chunk: Buffer) => (this.said += chunk.toString()));
    onTestFinished(() => void this.#process.kill("SIGKILL"));
  }

  get holds(): boolean {
    return this.said.includes(`${this.#name}/`) && this.#process.exitCode === null;
  }

  release(): void {
    this.#process.kill("SIGTERM");
  }
}

const inLine = (coord: Coord, count: number) =>
  eventually(`${count} in line`, async () => (await coord.store.list("jobs/m")).entries.length === count);

describe.skipIf(binaries === undefined)("etcdctl lock and a Mutex of the same name", () => {
  test("exclude each other, and queue behind each other, in the order in which they came", async () => {
    const world = await EtcdWorld.start();
    const { coord } = await world.client();
    const mutex = new Mutex(coord, "jobs/m");

    const first = new Etcdctl(world, "lock", "jobs/m");
    await eventually("etcdctl to hold", () => first.holds);
    expect(await mutex.tryAcquire()).toBeNull();
    const second = mutex.acquire();
    await inLine(coord, 2);
    const third = new Etcdctl(world, "lock", "jobs/m");
    await inLine(coord, 3);
    const fourth = mutex.acquire();
    await inLine(coord, 4);
    expect((await mutex.inspect()).waiters).toHaveLength(3);

    first.release();
    const hold = await second;
    expect(third.holds).toBe(false);
    await hold.release();
    await eventually("etcdctl to hold again", () => third.holds);
    const turn = await Promise.race([fourth.then(() => "came too early"), inLine(coord, 2).then(() => "waits")]);
    expect(turn).toBe("waits");
    third.release();
    const last = await fourth;
    expect(last.fencingToken).toBeGreaterThan(hold.fencingToken);
    expect(await last.release()).toBe("released");
  });

  test("an etcdctl that is killed leaves its place when its lease ends", async () => {
    const world = await EtcdWorld.start();
    const { coord } = await world.client();
    const { entries } = await coord.store.list("jobs/m");
    expect(entries).toEqual([]);
    const holder = new Etcdctl(world, "lock", "jobs/m");
    await eventually("etcdctl to hold", () => holder.holds);
    const [theirs] = (await coord.store.list("jobs/m")).entries;
    expect(theirs?.key).toBe(`jobs/m/${theirs?.session}`);
    const waiting = new Mutex(coord, "jobs/m").acquire();
    await inLine(coord, 2);
    await world.expire(theirs?.session ?? "");
    await (await waiting).release();
  });
});

describe.skipIf(binaries === undefined)("etcdctl elect and an Election of the same name", () => {
  test("share one leadership, and each sees who leads in the other's place", async () => {
    const world = await EtcdWorld.start();
    const { coord } = await world.client();
    const election = new Election(coord, "jobs/e", { id: "ours" });
    const theirs = new Etcdctl(world, "elect", "jobs/e", "theirs");
    await eventually("etcdctl to lead", () => theirs.holds);
    expect((await election.leader())?.id).toBe("theirs");
    const campaign = election.campaign();
    await eventually("two candidates", async () => (await election.candidates()).length === 2);
    theirs.release();
    const leadership = await campaign;
    const listener = new Etcdctl(world, "elect", "jobs/e", "--listen");
    await eventually("etcdctl to see us", () => listener.said.includes("ours"));
    const next = new Etcdctl(world, "elect", "jobs/e", "again");
    await eventually("two candidates", async () => (await election.candidates()).length === 2);
    expect(next.holds).toBe(false);
    await leadership.resign();
    await eventually("etcdctl to lead again", () => next.holds);
    expect((await election.leader())?.id).toBe("again");
  });
});

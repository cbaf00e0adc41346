import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemRuntime } from "@coord/core/spi";
import { LocalServer } from "@coord/local";
import { linkedStore, portLink, processPort, type Request, traitsOf } from "@coord/memory";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { Process, program } from "./process.ts";

let folder: string;
let server: LocalServer;
beforeEach(async () => {
  const temporary = await TemporaryFolder.create("coord-local");
  onTestFinished(() => temporary[Symbol.asyncDispose]());
  folder = temporary.path;
  server = new LocalServer({ path: folder });
  onTestFinished(() => server.close());
});

async function another(): Promise<Process> {
  const process = new Process(await program("store-process"), folder);
  onTestFinished(() => process[Symbol.asyncDispose]());
  await process.told();
  return process;
}

let clients = 0;
let commits = 0;
function asking(): (request: Request) => unknown {
  clients += 1;
  const connection = server.connect(`client-${clients}`, 1, () => {});
  return (request) => {
    const answer = connection.serve(request);
    if (!answer || !("ok" in answer)) throw new Error(JSON.stringify(answer));
    return answer.ok;
  };
}

const ask = (request: unknown) => asking()(request as Request);

/** A commit of this process. */
function commit(): string {
  const session = String(ask({ verb: "openSession", ask: { ttlMs: 60_000 } }));
  commits += 1;
  const key = `line/${commits}`;
  ask({ verb: "commit", ask: { writes: [{ create: key, value: new Uint8Array(), session }] } });
  return key;
}

/** Whether what this process commits is told to others. */
function tells(): boolean {
  const key = commit();
  return readFileSync(join(folder, "changes")).includes(`${key}`);
}

const viewOf = (process: Process) =>
  linkedStore(portLink(processPort(process.child))(systemRuntime), systemRuntime, traitsOf("local"));

test("who is alone tells nobody; who isn't does, from the first commit after another one came", async () => {
  expect(tells()).toBe(false);
  const other = await another();
  expect(tells()).toBe(true);
  const third = await another();
  other.child.disconnect(); // it closes its part of the store
  await eventually("the other to have left", () => other.ended);
  expect(tells()).toBe(true);
  third.child.disconnect();
  await eventually("the third to have left", () => third.ended);
  expect(tells()).toBe(false);
});

test("another store of this process counts as anybody else", async () => {
  const other = new LocalServer({ path: folder });
  expect(tells()).toBe(true);
  await other.close();
  expect(tells()).toBe(false);
});

test("one that was killed is told of until a session has ended for want of renewal, or somebody comes", async () => {
  const other = await another();
  await other.end("SIGKILL");
  expect(tells()).toBe(true);
  ask({ verb: "openSession", ask: { ttlMs: 200 } });
  await eventually("the killed one to be forgotten", () => !tells());
  const next = await another();
  expect(tells()).toBe(true);
  await next.end("SIGKILL");
  await new LocalServer({ path: folder }).close();
  expect(tells()).toBe(false);
});

test("one that comes to a store of which its user was alone is woken by his next commit, not by its timer", async () => {
  const took: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    commit();
    const process = await another();
    const view = viewOf(process);
    const sights = view.watch({ under: "line" })[Symbol.asyncIterator]();
    await sights.next();
    const key = commit();
    const committedMs = performance.now();
    for (let seen = false; !seen; ) {
      const { value } = await sights.next();
      seen = value.entries.some((entry: { readonly key: string }) => entry.key === key);
    }
    took.push(performance.now() - committedMs);
    await view.close();
    process.child.disconnect();
    await eventually("it to have left", () => process.ended);
  }
  expect(took.sort((a, b) => a - b)[1]).toBeLessThan(500); // the timer looks once a second
});

import { join } from "node:path";
import { LocalServer } from "@coord/local";
import type { Request } from "@coord/memory";
import { expect, onTestFinished, test } from "vitest";
import { openAlone, openFile } from "../../packages/local/src/file.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { Process, program } from "./process.ts";

test("processes that open the store, and leave it, undo nothing of what others write meanwhile", async () => {
  const folder = await TemporaryFolder.create("coord-local");
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const file = await program("opener");
  const server = new LocalServer({ path: folder.path });
  onTestFinished(() => server.close());
  const connection = server.connect("writer", 1, () => {});
  const ask = (request: Request) => {
    const answer = connection.serve(request);
    if (!answer || !("ok" in answer)) throw new Error(JSON.stringify(answer));
    return answer.ok;
  };
  const session = String(ask({ verb: "openSession", ask: { ttlMs: 60_000 } } as Request));
  const comers = [1, 2].map(() => new Process(file, folder.path, "60"));
  onTestFinished(async () => void (await Promise.all(comers.map((each) => each[Symbol.asyncDispose]()))));
  let done = 0;
  for (const comer of comers) void comer.told().then(() => (done += 1));

  const written = () => server.list("written").entries.map(({ key }) => key);
  for (let round = 1; done < comers.length; round += 1) {
    const writes = [
      { create: `written/${round}`, value: new Uint8Array(), session },
      ...(round > 1 ? [{ remove: `written/${round - 1}` }] : []),
    ];
    ask({ verb: "commit", ask: { writes } } as Request);
    expect(written()).toEqual([`written/${round}`]);
    if (round % 50 === 0) await new Promise(setImmediate);
  }
  expect(comers.map(({ errors }) => errors).join("")).toBe("");
});

/** What it writes on its own to the errors when it finds a lock that was taken apart. */
const ofTheLibrary = "No current read transaction available";

test("a gate that its last user closes as another one opens it lets that one through, and all who come later, one at a time", async () => {
  const folder = await TemporaryFolder.create("coord-local");
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const file = await program("gate-opener");
  const comers = [1, 2, 3].map(
    () => new Process(file, join(folder.path, "gate.mdb"), "500", join(folder.path, "inside")),
  );
  onTestFinished(async () => void (await Promise.all(comers.map((each) => each[Symbol.asyncDispose]()))));
  await Promise.allSettled(comers.map((each) => each.told()));
  expect(comers.map(({ errors }) => errors.replaceAll(ofTheLibrary, "")).join("")).toBe("");
});

test("a file that was broken by one who didn't close it in turn is opened all the same, and written to", async () => {
  const folder = await TemporaryFolder.create("coord-local");
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const path = join(folder.path, "file.mdb");
  const before = openFile(path, 0o600);
  before.transactionSync(() => before.putSync("before", Buffer.from("value")));
  await before.close();
  const file = await program("breaker");
  const breakers = [1, 2].map(() => new Process(file, path));
  onTestFinished(async () => void (await Promise.all(breakers.map((each) => each[Symbol.asyncDispose]()))));
  await Promise.all(breakers.map((each) => each.told()));
  expect(() => openFile(path, 0o600)).toThrow("Invalid argument");
  const opened = openAlone(path, 0o600);
  onTestFinished(() => opened.close());
  opened.transactionSync(() => opened.putSync("key", Buffer.from("value")));
  expect(["before", "key"].map((key) => opened.get(key)?.toString())).toEqual(["value", "value"]);
});

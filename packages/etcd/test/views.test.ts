import { systemRuntime } from "@coord/core/spi";
import type { IEvent } from "etcd3";
import { expect, test } from "vitest";
import type { Batcher, Outcome } from "../src/batch.ts";
import { Views } from "../src/views.ts";
import { watch } from "../src/watch.ts";
import type { Watcher, WatchStream } from "../src/watch-stream.ts";
import { connectionTo, header } from "./scripted.ts";

/** A stream that begins each watch at once, and reads that the test answers. */
function scripted() {
  const watchers: Watcher[] = [];
  const reads: ((value: string, revision: number) => void)[] = [];
  const stream = {
    watch: (watcher: Watcher) => {
      watchers.push(watcher);
      watcher.asked();
      watcher.begun(1n);
      return () => {};
    },
  } as unknown as WatchStream;
  const batcher = {
    submit: () =>
      new Promise<Outcome>((resolve) => {
        reads.push((value, revision) => {
          const [mod_revision, create_revision] = [`${revision}`, "1"];
          const kv = {
            key: Buffer.from("k"),
            value: Buffer.from(value),
            lease: "0",
            version: "1",
            mod_revision,
            create_revision,
          };
          const response_range = { header: header(revision), kvs: [kv], more: false, count: "1" };
          resolve({ header: header(revision), succeeded: true, responses: [{ response_range }] } as unknown as Outcome);
        });
      }),
  } as unknown as Batcher;
  const connection = connectionTo({});
  const views = new Views({ stream, connection, runtime: systemRuntime }, batcher);
  const follow = () => {
    const shown: string[] = [];
    const failures: unknown[] = [];
    const snapshots = watch(connection, views, { key: "k" }, undefined);
    void (async () => {
      for await (const { entries } of snapshots) shown.push(String(entries[0]?.value));
    })().catch((error) => failures.push(error));
    return { shown, failures };
  };
  return { watchers, reads, follow, views };
}

test("who begins to watch while another one's read is under way waits for a read of its own", async () => {
  const { reads, follow } = scripted();
  const first = follow();
  await expect.poll(() => reads.length === 1).toBe(true);
  const second = follow();
  reads[0]?.("before", 2);
  await expect.poll(() => first.shown.length === 1).toBe(true);
  await expect.poll(() => reads.length === 2).toBe(true);
  expect(second.shown).toEqual([]);
  reads[1]?.("after", 3);
  await expect.poll(() => first.shown.length === 2 && second.shown.length === 1).toBe(true);
  expect([first.shown, second.shown]).toEqual([["before", "after"], ["after"]]);
});

test("a view that failed is given to nobody any more", async () => {
  const { watchers, reads, follow } = scripted();
  const first = follow();
  const refusal = new Error("refused");
  watchers[0]?.refused(refusal);
  await expect.poll(() => first.failures.length === 1).toBe(true);
  const second = follow();
  expect(watchers).toHaveLength(2);
  await expect.poll(() => reads.length === 2).toBe(true);
  reads[1]?.("there", 2);
  await expect.poll(() => second.shown.length === 1).toBe(true);
  expect([first.failures, second.failures]).toEqual([[refusal], []]);
});

test("nor is the mirror of a line that failed, though it outlives those who followed it", () => {
  const { watchers, views } = scripted();
  const { item, leave } = views.line("m");
  watchers[0]?.refused(new Error("refused"));
  leave();
  const again = views.line("m");
  expect(again.item).not.toBe(item);
  again.leave();
});

test("a change of very many entries may come before they have been read", async () => {
  const { watchers, reads, follow } = scripted();
  const { shown, failures } = follow();
  await expect.poll(() => reads.length === 1).toBe(true);
  const kv = { key: Buffer.from("k"), mod_revision: "2" };
  watchers[0]?.changed(
    Array.from({ length: 200_000 }, () => ({ type: "Delete", kv }) as unknown as IEvent),
    2n,
  );
  reads[0]?.("after", 3);
  await expect.poll(() => shown.length + failures.length === 1).toBe(true);
  expect(shown).toEqual(["after"]);
});

import { systemRuntime } from "@coord/core/spi";
import { expect, test } from "vitest";
import { eventually } from "../../../tests/testbed/eventually.ts";
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
  return { watchers, reads, follow };
}

test("who begins to watch while another one's read is under way waits for a read of its own", async () => {
  const { reads, follow } = scripted();
  const first = follow();
  await eventually("the first read", () => reads.length === 1);
  const second = follow();
  reads[0]?.("before", 2);
  await eventually("the first to see it", () => first.shown.length === 1);
  await eventually("the second read", () => reads.length === 2);
  expect(second.shown).toEqual([]);
  reads[1]?.("after", 3);
  await eventually("both to see it", () => first.shown.length === 2 && second.shown.length === 1);
  expect([first.shown, second.shown]).toEqual([["before", "after"], ["after"]]);
});

test("a view that failed is given to nobody any more", async () => {
  const { watchers, reads, follow } = scripted();
  const first = follow();
  const refusal = new Error("refused");
  watchers[0]?.refused(refusal);
  await eventually("the failure", () => first.failures.length === 1);
  const second = follow();
  expect(watchers).toHaveLength(2);
  await eventually("its read", () => reads.length === 2);
  reads[1]?.("there", 2);
  await eventually("what is there", () => second.shown.length === 1);
  expect([first.failures, second.failures]).toEqual([[refusal], []]);
});

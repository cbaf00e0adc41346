import { setTimeout as pause } from "node:timers/promises";
import { CyclicBarrier, DoubleBarrier, type Member } from "@coord/barrier";
import { Way } from "@coord/conformance";
import { CoordError } from "@coord/core";
import { enough } from "./attempt.ts";
import { nowMs } from "./journal.ts";
import type { Worker } from "./rounds.ts";

/** One less than there are processes: while one of them is struck the others still come together. */
export const parties = 3;

/** Longer than a session lives, so that a fault ends few of them. */
const longestMs = 8_000;

/** Coming to a barrier once. `id` is unique in the process. */
type Meeting = (worker: Worker, id: string) => Promise<void>;

export type BarrierName = "double-barrier" | "cyclic-barrier";

export const meetings: Readonly<Record<BarrierName, Meeting>> = {
  async "double-barrier"(worker, id) {
    const name = "double-barrier";
    const { coord, signal } = worker;
    const way = wayOf(worker, name, id);
    let member: Member;
    try {
      member = await new DoubleBarrier(coord, name, { parties }).enter({ signal, waitMs: longestMs });
    } catch (error) {
      return way.ended(error, enough);
    }
    way.record("passed", member);
    await inside(worker, member);
    try {
      member.check();
      way.record("leaving");
      await member.leave({ waitMs: 4 * longestMs });
      way.record("left");
    } catch (error) {
      await member.release();
      if (!CoordError.is(error, "LOCK_LOST", "SESSION_LOST")) throw error;
    }
  },

  async "cyclic-barrier"(worker, id) {
    const name = "cyclic-barrier";
    const { coord, signal } = worker;
    const way = wayOf(worker, name, id);
    try {
      way.record("passed", await new CyclicBarrier(coord, name, { parties }).arrive({ signal, waitMs: longestMs }));
    } catch (error) {
      way.ended(error, enough);
    }
    await pause(20 * Math.random());
  },
};

const wayOf = ({ client, journal }: Worker, name: BarrierName, id: string): Way =>
  new Way({ client, name, party: `${client}/${name}/${id}`, nowMs, write: (event) => journal.write(event) });

/** For a short while; one that clings stays until it has lost its place, or is told to let go. */
async function inside({ clings }: Worker, { signal }: Member): Promise<void> {
  do await pause(20 * Math.random(), undefined, { signal }).catch(() => {});
  while (clings() && !signal.aborted);
}

import type { Coord } from "@coord/core";
import { Mutex } from "@coord/lock";
import { expect } from "vitest";
import { type Beats, machineMs } from "./beats.ts";
import { soon } from "./running.ts";
import { Scene } from "./scene.ts";
import type { Stage } from "./stage.ts";

/** Short, so that losses are quick: the server lets go after the ttl, TERM comes when the grace is left of the deadline before it. */
export const quick = ["--ttl", "4s", "--grace", "500ms"];

/** A scene about a lock, and who else stands in line for it. */
export class LockScene extends Scene {
  readonly #client: Coord;

  constructor({ url, client }: Stage) {
    super(url);
    this.#client = client;
  }

  lock(name: string, ...args: string[]) {
    return this.coord(["lock", name, ...args]);
  }

  mutex(name: string): Mutex {
    return new Mutex(this.#client, name);
  }

  async waits(name: string): Promise<void> {
    await soon("somebody to wait", async () => (await this.mutex(name).inspect()).waiters.length === 1);
  }

  /** Nobody holds it, and nobody waits. */
  async free(name: string): Promise<boolean> {
    return (await this.mutex(name).inspect()).holder === null;
  }

  /** Stands in line behind those who are there, and tells when it is let in, and with what. */
  async follower(name: string): Promise<{ readonly letIn: Promise<{ atMs: number; token: bigint }> }> {
    const acquiring = this.mutex(name).acquire({ waitMs: 40_000 });
    const letIn = acquiring.then(async (hold) => {
      const atMs = machineMs();
      await hold.release();
      return { atMs, token: hold.fencingToken };
    });
    letIn.catch(() => {});
    await this.waits(name);
    return { letIn };
  }

  /** The last sign of all processes of the command came before the next holder was let in. */
  async inOrder(before: Beats, { letIn }: Awaited<ReturnType<LockScene["follower"]>>): Promise<void> {
    const { atMs, token } = await letIn;
    const last = await before.over();
    expect(last.atMs).toBeLessThan(atMs);
    expect(BigInt(last.token)).toBeLessThan(token);
  }
}

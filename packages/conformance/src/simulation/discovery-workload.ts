import { CoordError } from "@coord/core";
import { pause } from "@coord/core/spi";
import { Discovery, type Registration, type Service } from "@coord/discovery";
import type { Violation } from "../history/index.ts";
import { pauseUpTo } from "./attempt.ts";
import type { Workload } from "./simulate.ts";
import type { SimulatedClient, World } from "./world.ts";

const directory = "services/orders";
const perClient = 2;
const lives = 3;
/** After all is well again a view must show what is there within this time: as long as it shows what it takes for lost by mistake. */
const convergesMs = 70_000;

/**
 * Instances come, change and go on every client, and each client has a view. A view is never empty without cause, never shows one again that was
 * closed, and in the end shows exactly those that are registered, each as it is.
 */
export const discoveryWorkload: Workload = {
  name: "discovery",
  start(world) {
    const run = new Run(world);
    runs.set(world, run);
    return [run.toItsEnd()];
  },
  judge: (world) => runs.get(world)?.violations ?? [],
  leftovers: (world) => world.server.list(directory).entries.map(({ key }) => key),
};

const runs = new WeakMap<World, Run>();

class Run {
  readonly violations: Violation[] = [];
  readonly #world: World;
  /** Ids of handles whose `close()` has resolved: no entry of theirs may be there once the sessions of the faults are over. */
  readonly #closed = new Set<string>();
  readonly #living = new Map<string, { readonly registration: Registration; weight: number }>();
  readonly #views: readonly { readonly client: SimulatedClient; readonly service: Service }[];

  constructor(world: World) {
    this.#world = world;
    this.#views = world.clients.map((client) => ({ client, service: new Discovery(client.coord).service("orders") }));
    for (const { client, service } of this.#views) void this.#watch(client, service);
  }

  async toItsEnd(): Promise<void> {
    const { clients } = this.#world;
    await Promise.all(
      clients.flatMap((client) => Array.from({ length: perClient }, (_, index) => this.#live(client, index))),
    );
    await this.#untilHealed();
    for (const { client, service } of this.#views) await this.#converges(client, service);
    await Promise.all([...this.#living.values()].map(({ registration }) => registration.close({ drainMs: 0 })));
    for (const { service } of this.#views) await service.close();
  }

  /** Registers, changes, closes; the last one stays. Half of them have the id that the one before had. */
  async #live(client: SimulatedClient, index: number): Promise<void> {
    const { chance } = this.#world;
    const discovery = new Discovery(client.coord);
    for (let life = 1; life <= lives; life += 1) {
      await pauseUpTo(this.#world, client, 1_500);
      const id = chance.happens(0.5) ? `${client.name}.${index}` : `${client.name}.${index}.${life}`;
      const registration = await discovery
        .register({ name: "orders", id, address: "10.0.0.1", port: 80, weight: life })
        .catch((error) => {
          this.#blame("register-failed", `${id}: ${error}`);
        });
      if (!registration) return;
      this.#closed.delete(id);
      const lived = { registration, weight: life };
      this.#living.set(id, lived);
      for (let change = 0; change < chance.integer(0, 3); change += 1) {
        await pauseUpTo(this.#world, client, 800);
        const weight = life + 10 * (change + 1);
        lived.weight = weight;
        await registration.update({ weight });
      }
      if (life === lives) return;
      this.#living.delete(id);
      await registration.close({ drainMs: chance.pick([0, 100, 500]) });
      this.#closed.add(id);
    }
  }

  /** A view may lag behind, and show what it knew while it is blind; it never empties but on an empty read, nor reads what was never so. */
  async #watch({ name }: SimulatedClient, service: Service): Promise<void> {
    let revision = -1n;
    let shown = "";
    for await (const view of service.watch()) {
      const now = `${view.stale} ${view.instances.map(({ id, weight, status, kept }) => `${id} ${weight} ${status} ${kept}`).join(", ")}`;
      if (now === shown) this.#blame("no-change", `${name} was told of no change: ${now}`);
      if (view.revision < revision) this.#blame("view-went-back", `${name}: ${view.revision} after ${revision}`);
      if (view.stale && shown === "") this.#blame("began-stale", `${name} was shown a stale list first`);
      const ids = view.instances.map(({ id }) => id);
      if (ids.some((id, index) => index > 0 && id <= (ids[index - 1] ?? "")))
        this.#blame("order", `${name}: ${ids.join(" ")}`);
      revision = view.revision;
      shown = now;
    }
  }

  /** The bound after which every live one is there, nobody else is, and each says what it said last. */
  async #converges({ name, process }: SimulatedClient, service: Service): Promise<void> {
    const expected = [...this.#living]
      .map(([id, { weight }]) => `${id} ${weight}`)
      .sort()
      .join(", ");
    const untilMs = this.#world.nowMs + convergesMs;
    const shown = () => service.current?.instances.map(({ id, weight }) => `${id} ${weight}`).join(", ");
    while (shown() !== expected || service.current?.stale) {
      if (this.#world.nowMs > untilMs)
        return this.#blame("never-converged", `${name} shows ${shown()}, but there are ${expected}`);
      await pause(process, 50);
    }
    for (const id of this.#closed)
      if (service.current?.instances.some((each) => each.id === id)) this.#blame("came-back", `${id} was closed`);
    this.#isPickable(name, service);
  }

  #isPickable(name: string, service: Service): void {
    try {
      service.pick().done("ok");
    } catch (error) {
      this.#blame("nobody-to-call", `${name}: ${CoordError.is(error) ? error.message : error}`);
    }
  }

  async #untilHealed(): Promise<void> {
    const { time, nowMs, healedMs } = this.#world;
    if (nowMs < healedMs) await new Promise<void>((resolve) => void time.at(healedMs + 1, resolve));
  }

  #blame(rule: string, message: string): void {
    this.violations.push({ rule, message, events: [] });
  }
}

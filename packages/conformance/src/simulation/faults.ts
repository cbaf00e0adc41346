import type { Direction } from "./network.ts";
import type { SimulatedClient, World } from "./world.ts";

/** Something that goes wrong for a while, and what it says of itself in the schedule. */
export type Fault = (world: World, client: SimulatedClient) => string;

const heal = (world: World, client: SimulatedClient, afterMs: number) =>
  world.time.in(afterMs, () => client.network.heal());

const blackHole: Fault = (world, client) => {
  const direction = world.chance.pick<Direction>(["requests", "replies", "both"]);
  const forMs = world.chance.between(10, 1.6 * world.ttlMs);
  client.network.stall(direction);
  heal(world, client, forMs);
  return `black hole for ${direction}, ${forMs.toFixed(0)} ms`;
};

const reset: Fault = (_, client) => {
  client.network.reset();
  return "connections reset";
};

/** What was on its way when the connection broke is lost on one side or the other: a request, or an answer. */
const cutInTheMiddle: Fault = (world, client) => {
  const direction = world.chance.pick<Direction>(["requests", "replies"]);
  const forMs = world.chance.between(1, 30);
  client.network.stall(direction);
  world.time.in(forMs, () => {
    client.network.reset();
    client.network.heal();
  });
  return `${direction} held for ${forMs.toFixed(0)} ms, then cut off`;
};

const refuse: Fault = (world, client) => {
  const forMs = world.chance.between(10, 1.3 * world.ttlMs);
  client.network.refuse();
  heal(world, client, forMs);
  return `connections refused, ${forMs.toFixed(0)} ms`;
};

const stop: Fault = (world, client) => {
  const forMs = world.chance.between(1, 2.5 * world.ttlMs);
  client.stop(forMs);
  return `process stopped, ${forMs.toFixed(0)} ms`;
};

const slow: Fault = (world) => {
  const longestMs = world.chance.between(20, 0.9 * world.ttlMs);
  const forMs = world.chance.between(50, 2 * world.ttlMs);
  const travel = world.chance.fork();
  world.latencyMs = () => travel.between(0.1, longestMs);
  world.time.in(forMs, () => world.calm());
  return `all messages up to ${longestMs.toFixed(0)} ms late, ${forMs.toFixed(0)} ms`;
};

const expire: Fault = (world, client) => {
  const session = client.coord.status().session?.id;
  if (session !== undefined) world.server.endSession(session);
  return `session ${session ?? "(none)"} ended at the server`;
};

/** What the network, the machines and the load do. */
export const natural: readonly [Fault, ...Fault[]] = [
  blackHole,
  reset,
  cutInTheMiddle,
  cutInTheMiddle,
  refuse,
  stop,
  slow,
];

/** Those, and an operator's hand at the server, of whom no client can know beforehand. */
export const withOperator: readonly [Fault, ...Fault[]] = [...natural, expire, expire];

/** Troubles the clients until `untilMs`, and leaves the world healed. */
export function trouble(world: World, faults: readonly [Fault, ...Fault[]], untilMs: number): void {
  const next = () => {
    if (world.nowMs >= untilMs) return;
    const client = world.clients[world.chance.integer(0, world.clients.length - 1)];
    if (client) world.note(`${client.name}: ${world.chance.pick(faults)(world, client)}`);
    world.time.in(world.chance.between(5, world.ttlMs), next);
  };
  world.time.in(world.chance.between(0, 100), next);
  world.time.at(untilMs + 3 * world.ttlMs, () => {
    world.calm();
    for (const { network } of world.clients) network.heal();
    world.note("all is well again");
  });
}

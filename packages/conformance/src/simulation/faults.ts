import type { Direction, Network } from "./network.ts";
import type { SimulatedClient, World } from "./world.ts";

/** Something that goes wrong for a while, and what it says of itself in the schedule. */
export type Fault = (world: World, client: SimulatedClient) => string;

/** Ends the trouble of a client's network when the last of those that overlap is over. */
function healAfter(world: World, { network }: SimulatedClient, afterMs: number): void {
  const open = (troubles.get(network) ?? 0) + 1;
  troubles.set(network, open);
  world.time.in(afterMs, () => {
    const left = (troubles.get(network) ?? 1) - 1;
    troubles.set(network, left);
    if (left === 0) network.heal();
  });
}

const troubles = new WeakMap<Network, number>();

const blackHole: Fault = (world, client) => {
  const direction = world.chance.pick<Direction>(["requests", "replies", "both"]);
  const forMs = world.chance.between(10, 1.6 * world.ttlMs);
  client.network.stall(direction);
  healAfter(world, client, forMs);
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
  world.time.in(forMs, () => client.network.reset());
  healAfter(world, client, forMs);
  return `${direction} held for ${forMs.toFixed(0)} ms, then cut off`;
};

const refuse: Fault = (world, client) => {
  const forMs = world.chance.between(10, 1.3 * world.ttlMs);
  client.network.refuse();
  healAfter(world, client, forMs);
  return `connections refused, ${forMs.toFixed(0)} ms`;
};

const stop: Fault = (world, client) => {
  if (client.process.stopped) return "process is stopped already";
  const forMs = world.chance.happens(0.4)
    ? world.chance.between(0.85, 1.05) * world.ttlMs // around the deadline, and around the ttl
    : world.chance.between(1, world.chance.happens(0.5) ? 60 : 2.5 * world.ttlMs);
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

/** The server is out of everybody's reach. */
const everyone: Fault = (world) => {
  const forMs = world.chance.between(10, 1.3 * world.ttlMs);
  for (const client of world.clients) {
    client.network.stall();
    healAfter(world, client, forMs);
  }
  return `and all the others: black hole, ${forMs.toFixed(0)} ms`;
};

/** What the network, the machines and the load do. */
export const natural: readonly [Fault, ...Fault[]] = [
  blackHole,
  reset,
  cutInTheMiddle,
  cutInTheMiddle,
  refuse,
  stop,
  stop,
  slow,
  everyone,
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
  world.healedMs = untilMs + 3 * world.ttlMs;
  world.time.at(world.healedMs, () => {
    world.calm();
    for (const { network } of world.clients) network.heal();
    world.note("all is well again");
  });
}

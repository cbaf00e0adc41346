import type { Direction } from "../testbed/proxy/link.ts";
import type { Arena, Happening } from "./arena.ts";

/** Something done to the arena from outside, and undone again. When it returns, all processes run and all ways are open. */
export interface Fault {
  readonly name: string;
  readonly strike: (arena: Arena) => Promise<void>;
}

/** The hold ends for its holder, who is alive to tell it. */
const lost: Happening = ({ kind, ...event }, { attempt }) =>
  kind === "lost" && "attempt" in event && event.attempt === attempt;

/** Another one has got it since. */
const passedOn: Happening = (event, { name, token, client }) =>
  event.kind === "granted" && event.name === name && event.token > token && event.client !== client;

const killedHolder: Fault = {
  name: "a process that holds much is killed, and another one starts in its place",
  async strike(arena) {
    const { holder, grants } = await arena.holder();
    await holder.kill();
    await arena.happened("what the dead one had passes on", grants, passedOn);
    holder.start();
  },
};

const stoppedHolder: Fault = {
  name: "a process that holds much is stopped beyond its ttl",
  async strike(arena) {
    const { holder, grants } = await arena.holder();
    await holder.stop();
    await arena.happened("what the stopped one had passes on", grants, passedOn);
    await holder.continue();
    await arena.happened("it finds out", grants, lost);
    holder.letGo();
  },
};

const cutOffHolder = (direction: Direction | "both"): Fault => ({
  name: `a process that holds much is cut off from all servers (${direction})`,
  async strike(arena) {
    const { holder, grants } = await arena.holder();
    holder.network.stall(direction);
    await arena.happened("what it had passes on", grants, passedOn);
    holder.network.heal();
    await arena.happened("it knows", grants, lost);
    holder.letGo();
  },
});

const killedServer: Fault = {
  name: "the server that leads is killed, and starts again",
  async strike(arena) {
    const leader = await arena.cluster.leader();
    await leader.kill();
    await arena.everybodyGetsOn("the loss of the leading server");
    await leader.start();
  },
};

/** The short run: each kind once. */
export const faults: readonly Fault[] = [killedHolder, stoppedHolder, cutOffHolder("both"), killedServer];

/** The round of longer runs. */
export const moreFaults: readonly Fault[] = [
  ...faults,
  cutOffHolder("requests"),
  stoppedHolder,
  cutOffHolder("replies"),
];

export const onlyCutOff: readonly Fault[] = [cutOffHolder("both")];

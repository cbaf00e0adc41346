import { fork } from "node:child_process";
import { once } from "node:events";
import { Election } from "@coord/election";
import type { Arena } from "../arena.ts";
import { nowUs } from "../clock.ts";
import { leaderProgram } from "../places.ts";
import type { Row } from "../row.ts";
import { p50 } from "../series.ts";

const ttlMs = 4_000;
const rounds = 5;
const termsEach = 40;
const kills = 3;

/** What one leader leaves to the next: by resigning, and by being killed. */
export async function succession(arena: Arena): Promise<Row[]> {
  return [await resigned(arena), await killed(arena)];
}

/** From the end of one leader's body, which is when it resigns, to the beginning of the next one's, in another client. */
async function resigned(arena: Arena): Promise<Row> {
  await using one = await arena.connect();
  await using other = await arena.connect();
  const candidates = [one, other].map((coord) => new Election(coord, "succession"));
  const ours: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const took: number[] = [];
    let endedUs: number | undefined;
    const body = async () => {
      if (endedUs !== undefined) took.push(nowUs() - endedUs);
      await new Promise((resolve) => setTimeout(resolve, 10)); // the other one stands in line again meanwhile
      endedUs = nowUs();
    };
    const lead = async (election: Election) => {
      for (let term = 0; term < termsEach; term += 1) await election.lead(body);
    };
    await Promise.all(candidates.map(lead));
    if (round > 0) ours.push(p50(took)); // before that all come to speed
  }
  const what = "the end of a leader's body → the beginning of the next one's, p50";
  return { work: "W5 succession", what, unit: "µs", ours, goal: { atMost: 5_000 } };
}

/** From the kill of a leader's process to the next one's term. */
async function killed(arena: Arena): Promise<Row> {
  await using coord = await arena.connect({ ttlMs });
  const election = new Election(coord, "after-a-kill");
  const ours: number[] = [];
  for (let count = 0; count < kills; count += 1) {
    const leader = fork(leaderProgram, [arena.name, arena.address, "after-a-kill", `${ttlMs}`]);
    await once(leader, "message");
    const campaign = election.campaign();
    while ((await election.candidates()).length < 2);
    const killedUs = nowUs();
    leader.kill("SIGKILL");
    const leadership = await campaign;
    ours.push((nowUs() - killedUs) / 1_000);
    await leadership.resign();
  }
  const goal = { atMost: 1.1 * ttlMs + 300 };
  return {
    work: "W5 succession",
    what: `kill -9 → the next leader, ttl ${ttlMs} ms`,
    unit: "ms",
    ours,
    goal,
    always: true,
  };
}

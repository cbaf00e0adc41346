import type { Endpoint } from "../../../tests/testbed/endpoint.ts";
import { fourLetterWord } from "../../../tests/testbed/four-letter-word.ts";
import type { Traffic } from "../arena.ts";

/**
 * As ZooKeeper tells it with `mntr`. The question itself counts as received, and the pieces of its answer as sent: as many as in
 * the time between two questions in which nothing else happens. Both are taken off again.
 */
export async function trafficOf(endpoint: Endpoint): Promise<() => Promise<Traffic>> {
  let asked = 0;
  const counted = async () => {
    const metrics = await fourLetterWord(endpoint, "mntr");
    asked += 1;
    return { received: figureOf(metrics, "zk_packets_received"), sent: figureOf(metrics, "zk_packets_sent") };
  };
  const quiet = [await counted(), await counted(), await counted(), await counted()];
  const pieces = Math.min(...quiet.slice(1).map(({ sent }, index) => sent - (quiet[index]?.sent ?? 0)));
  return async () => {
    const { received, sent } = await counted();
    return {
      received: received - asked,
      keepAlives: undefined,
      watchMessages: sent - pieces * (asked - 1) - (received - asked),
    };
  };
}

function figureOf(metrics: string, name: string): number {
  const figure = new RegExp(`^${name}\\t(\\d+)`, "m").exec(metrics)?.[1];
  if (figure === undefined) throw new Error(`ZooKeeper has no metric ${name}`);
  return Number(figure);
}

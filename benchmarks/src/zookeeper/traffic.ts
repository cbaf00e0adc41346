import type { Endpoint } from "../../../tests/testbed/endpoint.ts";
import { fourLetterWord } from "../../../tests/testbed/four-letter-word.ts";
import type { Traffic } from "../arena.ts";

/**
 * As ZooKeeper tells it with `mntr`. A question counts as received, and each piece of its answer as sent; of how many pieces it is
 * tells what a second question finds. Both are taken off again.
 */
export function trafficOf(endpoint: Endpoint): () => Promise<Traffic> {
  let asked = 0;
  let pieces = 0;
  const counted = async () => {
    const metrics = await fourLetterWord(endpoint, "mntr");
    asked += 1;
    return { received: figureOf(metrics, "zk_packets_received"), sent: figureOf(metrics, "zk_packets_sent") };
  };
  return async () => {
    const first = await counted();
    const { received, sent } = await counted();
    const answer = sent - first.sent - (received - first.received - 1);
    const watchMessages = sent - (pieces + answer) - (received - asked);
    pieces += 2 * answer;
    return { received: received - asked, keepAlives: undefined, watchMessages };
  };
}

function figureOf(metrics: string, name: string): number {
  const figure = new RegExp(`^${name}\\t(\\d+)`, "m").exec(metrics)?.[1];
  if (figure === undefined) throw new Error(`ZooKeeper has no metric ${name}`);
  return Number(figure);
}

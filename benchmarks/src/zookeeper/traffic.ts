import type { Endpoint } from "../../../tests/testbed/endpoint.ts";
import { fourLetterWord } from "../../../tests/testbed/four-letter-word.ts";
import type { Traffic } from "../arena.ts";

/** As ZooKeeper tells it with `mntr`. The question itself counts as received, so it is taken off again. */
export function trafficOf(endpoint: Endpoint): () => Promise<Traffic> {
  let asked = 0;
  return async () => {
    const metrics = await fourLetterWord(endpoint, "mntr");
    asked += 1;
    const received = figureOf(metrics, "zk_packets_received") - asked;
    return { received, keepAlives: undefined, watchMessages: figureOf(metrics, "zk_packets_sent") - received };
  };
}

function figureOf(metrics: string, name: string): number {
  const figure = new RegExp(`^${name}\\t(\\d+)`, "m").exec(metrics)?.[1];
  if (figure === undefined) throw new Error(`ZooKeeper has no metric ${name}`);
  return Number(figure);
}

import { connect } from "@coord/core";
import { type BalancerName, Discovery, type Service } from "@coord/discovery";
import { memory } from "@coord/memory";
import { nowUs } from "./clock.ts";
import type { Row } from "./row.ts";

const instances = 1_000;
const picks = 100_000;
const rounds = 9;

/** What a pick may cost at most, in microseconds. */
const goals: Partial<Record<BalancerName, number>> = { "round-robin": 2, "least-request": 5 };

/** Who is called next, of many: no server is asked, so none runs. */
export async function discoveryRows(): Promise<Row[]> {
  await using coord = await connect(memory());
  const discovery = new Discovery(coord);
  const ports = Array.from({ length: instances }, (_, index) => index + 1);
  await Promise.all(ports.map((port) => discovery.register({ name: "orders", address: "10.0.0.7", port })));
  const rows: Row[] = [];
  for (const balancer of [
    "round-robin",
    "random",
    "least-request",
    "peak-ewma",
    "weighted-round-robin",
    "rendezvous",
  ] as const) {
    const service = discovery.service("orders", { balancer });
    await service.ready({ min: instances });
    const ours = Array.from({ length: rounds + 1 }, () =>
      picking(service, balancer === "rendezvous" ? "user" : undefined),
    ).slice(1);
    const most = goals[balancer];
    rows.push({
      work: "W6 pick and report",
      what: `${balancer}, of ${instances}`,
      unit: "µs",
      ours,
      ...(most === undefined ? {} : { goal: { atMost: most } }),
    });
  }
  return rows;
}

/** Microseconds a pick, with the report of how it went. */
function picking(service: Service, key: string | undefined): number {
  const count = key === undefined ? picks : picks / 20;
  const startUs = nowUs();
  for (let done = 0; done < count; done += 1) service.pick({ key }).done("ok");
  return (nowUs() - startUs) / count;
}

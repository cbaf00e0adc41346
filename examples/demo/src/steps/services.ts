import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Discovery } from "@coord/discovery";
import { check } from "../check.ts";
import { eventually, nowMs, seconds } from "../clock.ts";
import { step } from "../step.ts";

const service = "greetings";
const requests = 300;

/** Each worker serves over HTTP and registers; the parent finds them, balances over them, and one of them is killed. */
export const services = step({
  title: "requests are balanced over three instances, one of which is killed",
  ttlMs: 1_500,

  inWorker({ coord }) {
    const discovery = new Discovery(coord);
    let served = 0;
    return {
      async serve() {
        const server = createServer((_, response) => {
          served += 1;
          response.end(coord.owner);
        });
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        const { port } = server.address() as AddressInfo;
        await discovery.register({ name: service, id: coord.owner, address: "127.0.0.1", port });
      },
      served: () => served,
    };
  },

  async run({ coord, workers, ttlMs }) {
    const [killed, ...left] = workers;
    await Promise.all(workers.map((worker) => worker.ask("serve")));
    const greetings = new Discovery(coord).service(service, { balancer: "round-robin" });
    await greetings.ready({ min: workers.length, waitMs: 5_000 });

    const get = (url: string, signal: AbortSignal) => fetch(url, { signal }).then((response) => response.text());
    const failures: string[] = [];
    const ask = () =>
      greetings
        .call((instance, { signal }) => get(instance.url("/"), signal), { attempts: 3 })
        .catch((error: unknown) => failures.push(String(error)));
    for (let sent = 0; sent < requests / 3; sent += 1) await ask();
    const shares = await Promise.all(workers.map((worker) => worker.ask("served")));
    const fair = requests / 9;
    check(
      shares.every((share) => Math.abs(share - fair) <= 2),
      `about ${Math.round(fair)} requests each`,
      shares,
    );

    const killedAtMs = nowMs();
    killed.signal("SIGKILL");
    for (let sent = 0; sent < (requests * 2) / 3; sent += 1) await ask();
    check(failures.length === 0, "no request to fail", failures);
    const alive = () => greetings.current?.instances.length;
    await eventually("the dead instance to be gone", () => alive() === left.length, ttlMs + 2_000);
    const goneMs = nowMs() - killedAtMs;
    return `${requests} requests over 3 instances, one of them killed: none failed, and it was gone after ${seconds(goneMs)}`;
  },
});

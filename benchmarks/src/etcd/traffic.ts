import type { Endpoint } from "../../../tests/testbed/endpoint.ts";
import { http } from "../../../tests/testbed/http.ts";
import type { Traffic } from "../arena.ts";

/** As etcd tells it at `/metrics`, which doesn't count the question. */
export async function trafficOf(endpoint: Endpoint): Promise<Traffic> {
  const metrics = await http(endpoint, "/metrics");
  return {
    received: sumOf(metrics, "grpc_server_msg_received_total"),
    keepAlives: sumOf(metrics, "grpc_server_msg_received_total", 'grpc_method="LeaseKeepAlive"'),
    watchMessages: sumOf(metrics, "grpc_server_msg_sent_total", 'grpc_method="Watch"'),
  };
}

/** Over all labels, or those that contain this one. */
function sumOf(metrics: string, metric: string, label = ""): number {
  const lines = metrics.split("\n").filter((line) => line.startsWith(`${metric}{`));
  if (lines.length === 0) throw new Error(`etcd has no metric ${metric}`);
  return lines
    .filter((line) => line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

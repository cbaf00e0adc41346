import { connect } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { describe, expect, inject, test } from "vitest";
import { hostPort } from "../testbed/endpoint.ts";
import { startEtcd } from "../testbed/etcd.ts";
import { eventually } from "../testbed/eventually.ts";
import { type HttpServer, http } from "../testbed/http.ts";
import { binariesOf } from "../testbed/provision/found.ts";

const binaries = binariesOf(inject("servers").etcd);

const base64 = (text: string) => Buffer.from(text).toString("base64");
const fromBase64 = (text = "") => Buffer.from(text, "base64").toString();

/** What gRPC-Go's manager of endpoints asks for: all keys that begin with the service and a slash. */
async function endpointsOf(endpoint: HttpServer, service: string) {
  const range = { key: base64(`${service}/`), range_end: base64(`${service}0`) };
  const { kvs = [] } = JSON.parse(await http(endpoint, "/v3/kv/range", range, 10_000)) as {
    kvs?: readonly { readonly key: string; readonly value: string }[];
  };
  return kvs.map(({ key, value }) => [fromBase64(key), JSON.parse(fromBase64(value))]);
}

describe.skipIf(!binaries)("gRPC-Go's endpoints on etcd", () => {
  test("are at the keys and of the fields that its manager reads, and what it puts there is seen", async ({
    onTestFinished,
  }) => {
    if (!binaries) return;
    const cluster = await startEtcd({ binaries });
    onTestFinished(() => cluster[Symbol.asyncDispose]());
    const { endpoint } = cluster.node;
    const coord = await connect(`etcd://${hostPort(endpoint)}`);
    onTestFinished(() => coord.close());
    const discovery = new Discovery(coord, { format: "grpc" });
    const me = await discovery.register({ name: "shop/orders", address: "::1", port: 8080, metadata: { team: "x" } });
    const [[key, update] = []] = await endpointsOf(endpoint, "shop/orders");
    expect([key, Object.keys(update as object).join(), update.Op, update.Addr, typeof update.Metadata]).toEqual([
      "shop/orders/[::1]:8080",
      "Op,Addr,Metadata",
      0,
      "[::1]:8080",
      "string",
    ]);
    expect(JSON.parse(update.Metadata).metadata).toEqual({ team: "x" });

    const put = (id: string, value: string) =>
      http(endpoint, "/v3/kv/put", { key: base64(`shop/orders/${id}`), value: base64(value) }, 10_000);
    await put("theirs", `{"Op":0,"Addr":"10.0.0.8:9090","Metadata":null}`);
    await put("by-hand", `{"Addr":"10.0.0.9:9090","Metadata":"text"}`);
    const service = discovery.service("shop/orders");
    const view = await service.ready({ min: 3, waitMs: 10_000 });
    expect(view.instances.map(({ id, address, port }) => `${id} ${address} ${port}`)).toEqual([
      "[::1]:8080 ::1 8080",
      "by-hand 10.0.0.9 9090",
      "theirs 10.0.0.8 9090",
    ]);
    await me.update({ status: "draining" });
    await eventually("ours to be hidden", async () => (await endpointsOf(endpoint, "shop/orders")).length === 2);
  });
});

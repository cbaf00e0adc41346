import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { Discovery, type FormatName } from "@coord/discovery";
import type { Case } from "../rig.ts";
import { instance, showing, strangers } from "./instances.ts";

/** What others write and read. */
export const formatCases: readonly Case[] = [
  {
    title: "formats: each of them carries all that an instance says, from client to client",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      for (const format of ["coord", "curator", "spring", "grpc"] as const satisfies readonly FormatName[]) {
        const base = `at-${format}`;
        const more = {
          ports: { admin: 9090 },
          secure: true,
          zone: "z",
          weight: 2.5,
          version: "7",
          metadata: { team: "x" },
        };
        const me = await new Discovery(coord, { format, base }).register(instance("a", more));
        const service = new Discovery(other, { format, base }).service("orders");
        const [shown] = (await showing(bench, service, "a")).instances;
        const { metadata, ...rest } = { ...shown };
        const { metadata: written, ...described } = more;
        assert.equal(metadata?.team, written.team, format);
        assert.deepEqual(
          rest,
          { ...described, id: "a", service: "orders", address: "10.0.0.7", port: 8080, status: "passing", kept: false },
          format,
        );
        const before = await coord.store.list(`${base}/orders`);
        const closed = me.close({ drainMs: bench.rig.promptMs + 500 });
        await bench.eventually("nobody to be picked", () => {
          try {
            service.pick().done("ignored");
            return false;
          } catch (error) {
            return CoordError.is(error, "NO_INSTANCE");
          }
        });
        const during = await coord.store.list(`${base}/orders`);
        assert.deepEqual([before.entries.length, during.entries.length], [1, format === "grpc" ? 0 : 1], format);
        await closed;
        await showing(bench, service, "");
      }
      assert.throws(
        () => new Discovery(coord, { format: "eureka" as FormatName }),
        (error) => CoordError.is(error, "USAGE"),
      );
    },
  },
  {
    title:
      "formats: what Curator writes is seen, by its address, its port or its TLS port; one that isn't enabled is critical",
    async run(bench) {
      const { coord } = await bench.coord();
      const uriSpec = {
        parts: [
          { value: "scheme", variable: true },
          { value: "://", variable: false },
        ],
      };
      const curator = {
        name: "orders",
        address: "10.1.2.3",
        port: 80,
        sslPort: null,
        payload: null,
        registrationTimeUTC: 1,
        serviceType: "DYNAMIC",
        uriSpec,
      };
      const payload = {
        "@class": "org.springframework.cloud.zookeeper.discovery.ZookeeperInstance",
        id: "x",
        name: "orders",
        metadata: { instance_status: "OUT_OF_SERVICE", k: "v" },
      };
      await strangers(bench, {
        a: { ...curator, id: "a" },
        b: { ...curator, id: "b", port: null, sslPort: 443, payload: { "@class": "java.util.HashMap", zone: "z" } },
        c: { ...curator, id: "c", enabled: false },
        d: { ...curator, id: "d", payload },
      });
      const service = new Discovery(coord, { format: "curator" }).service("orders");
      const { instances } = await showing(bench, service, "a b c d");
      assert.deepEqual(
        instances.map((each) => `${each.url()} ${each.status}`),
        [
          "http://10.1.2.3:80/ passing",
          "https://10.1.2.3:443/ passing",
          "http://10.1.2.3:80/ critical",
          "http://10.1.2.3:80/ critical",
        ],
      );
      assert.equal(instances[3]?.metadata.k, "v");
    },
  },
  {
    title: "formats: what gRPC-Go writes is seen",
    async run(bench) {
      const { coord } = await bench.coord();
      await strangers(bench, {
        a: `{"Op":0,"Addr":"10.1.2.3:8080","Metadata":null}`,
        b: `{"Op":0,"Addr":"[::1]:8081","Metadata":{"weight":3}}`,
        c: `{"Op":1,"Addr":"10.1.2.3:8080","Metadata":null}`,
        d: `{"Op":0,"Addr":"10.1.2.3","Metadata":null}`,
      });
      const service = new Discovery(coord, { format: "grpc", base: "services" }).service("orders");
      const { instances, rejected } = await showing(bench, service, "a b");
      assert.deepEqual(
        instances.map((each) => each.url()),
        ["http://10.1.2.3:8080/", "http://[::1]:8081/"],
      );
      assert.deepEqual({ ...instances[1]?.metadata }, { weight: 3 });
      assert.equal(rejected, 2);
    },
  },
];

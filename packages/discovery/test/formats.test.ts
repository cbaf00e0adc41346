import { describe, expect, test } from "vitest";
import { curatorFormat, springFormat } from "../src/formats/curator.ts";
import { grpcFormat } from "../src/formats/grpc.ts";
import { type InstanceDescription, type InstanceStatus, publishedOf } from "../src/instance.ts";

const registrant = { host: "pod-1", pid: 7, thread: 0, run: "r" };
const writer = { name: "orders", id: "a", registrant, registeredAtMs: 1_767_225_600_000 };

const written = (format: typeof curatorFormat, described: Partial<InstanceDescription>, status: InstanceStatus) =>
  Buffer.from(
    format.encode(publishedOf({ address: "10.0.0.7", port: 8080, ...described }, status), writer) ?? [],
  ).toString();

const readBy = ({ decode }: typeof curatorFormat, text: string) => decode(Buffer.from(text))?.published;

const uriSpec = `{"parts":[{"value":"scheme","variable":true},{"value":"://","variable":false},{"value":"address","variable":true},{"value":":","variable":false},{"value":"port","variable":true}]}`;

/** Recorded from Curator 5.4.0; tests/interop lets a real one write what we write. */
describe("Curator's JSON", () => {
  test("is written byte for byte", () => {
    expect(written(curatorFormat, { metadata: { text: "\u0001\u007fü😀/<&>\u2028\\u00e4" } }, "passing")).toBe(
      `{"name":"orders","id":"a","address":"10.0.0.7","port":8080,"sslPort":null,"payload":{"@class":"java.util.LinkedHashMap","ports":{},"weight":1,"metadata":{"text":"\\u0001\u007fü\\uD83D\\uDE00/<&>\u2028\\\\u00e4"},"status":"passing","registrant":{"host":"pod-1","pid":7,"thread":0,"run":"r"}},"registrationTimeUTC":1767225600000,"serviceType":"DYNAMIC","uriSpec":${uriSpec}}`,
    );
    expect(written(curatorFormat, { secure: true, zone: "z" }, "draining")).toBe(
      `{"name":"orders","id":"a","address":"10.0.0.7","port":null,"sslPort":8080,"payload":{"@class":"java.util.LinkedHashMap","ports":{},"zone":"z","weight":1,"metadata":{},"status":"draining","registrant":{"host":"pod-1","pid":7,"thread":0,"run":"r"}},"registrationTimeUTC":1767225600000,"serviceType":"DYNAMIC","uriSpec":${uriSpec},"enabled":false}`,
    );
  });

  test("is read, whatever the payload is", () => {
    const theirs = (payload: string, more = "") =>
      `{"name":"orders","id":"a","address":"10.0.0.8","port":9090,"sslPort":null,"payload":${payload},"registrationTimeUTC":5,"serviceType":"DYNAMIC","uriSpec":${uriSpec}${more}}`;
    const payloads = {
      null: {},
      '"text"': {},
      '{"@class":"java.util.LinkedHashMap","b":1}': { b: 1 },
      '{"@class":"com.example.Details","metadata":{"x":1},"zone":"z"}': { metadata: { x: 1 }, zone: "z" },
    };
    for (const [payload, metadata] of Object.entries(payloads)) {
      expect(readBy(curatorFormat, theirs(payload))).toMatchObject({
        address: "10.0.0.8",
        port: 9090,
        secure: false,
        zone: undefined,
        status: "passing",
        metadata,
      });
    }
    expect(readBy(curatorFormat, theirs("null", `,"enabled":false`))?.status).toBe("critical");
    expect(readBy(curatorFormat, theirs("null", `,"enabled":true,"later":7`))?.status).toBe("passing");
  });
});

describe("Spring Cloud ZooKeeper's JSON", () => {
  const payload = (metadata: string) =>
    `{"@class":"org.springframework.cloud.zookeeper.discovery.ZookeeperInstance","id":"orders-1","name":"orders","metadata":${metadata}}`;
  const theirs = (metadata: string) =>
    `{"name":"orders","id":"0d8b","address":"host-1","port":8080,"sslPort":null,"payload":${payload(metadata)},"registrationTimeUTC":5,"serviceType":"DYNAMIC","uriSpec":${uriSpec}}`;

  test("is read: its class, its metadata, and its status", () => {
    for (const format of [curatorFormat, springFormat]) {
      expect(readBy(format, theirs(`{"instance_status":"UP","team":"x"}`))).toMatchObject({
        address: "host-1",
        port: 8080,
        status: "passing",
        metadata: { team: "x" },
      });
      expect(readBy(format, theirs(`{"instance_status":"OUT_OF_SERVICE"}`))?.status).toBe("critical");
      expect(readBy(format, theirs("null"))?.status).toBe("passing");
    }
  });

  test("is written with its class, all metadata as text", () => {
    const text = written(springFormat, { metadata: { team: "x", deep: { y: 1 } }, weight: 2 }, "warning");
    expect(JSON.parse(text).payload).toEqual({
      "@class": "org.springframework.cloud.zookeeper.discovery.ZookeeperInstance",
      id: "a",
      name: "orders",
      metadata: {
        team: "x",
        deep: '{"y":1}',
        instance_status: "UP",
        "coord.ports": "{}",
        "coord.weight": "2",
        "coord.status": '"warning"',
        "coord.registrant": JSON.stringify(registrant),
      },
    });
    expect(Object.keys(JSON.parse(text)).join()).toBe(
      "name,id,address,port,sslPort,payload,registrationTimeUTC,serviceType,uriSpec",
    );
  });
});

/** As Go's encoding/json writes `struct { Op Operation; Addr string; Metadata any }`. */
describe("gRPC-Go's JSON", () => {
  test("is written byte for byte, its metadata as text: an object makes a channel panic that compares it", () => {
    expect(written(grpcFormat, { metadata: { text: `<&>"\u2028` } }, "passing")).toBe(
      `{"Op":0,"Addr":"10.0.0.7:8080","Metadata":"{\\"ports\\":{},\\"secure\\":false,\\"weight\\":1,\\"metadata\\":{\\"text\\":\\"\\u003c\\u0026\\u003e\\\\\\"\\u2028\\"},\\"status\\":\\"passing\\",\\"registrant\\":{\\"host\\":\\"pod-1\\",\\"pid\\":7,\\"thread\\":0,\\"run\\":\\"r\\"}}"}`,
    );
    expect(written(grpcFormat, { address: "::1" }, "warning")).toMatch(/^\{"Op":0,"Addr":"\[::1\]:8080","Metadata":"/);
    expect(written(grpcFormat, {}, "draining")).toBe("");
  });

  test("is read, whatever the metadata are; without them too, as etcd's manual writes it", () => {
    const metadata = { null: {}, '"text"': {}, '"{\\"a\\":1}"': { a: 1 }, '{"a":1}': { a: 1 }, "[1]": {}, "7": {} };
    for (const [text, expected] of Object.entries(metadata))
      expect(readBy(grpcFormat, `{"Op":0,"Addr":"10.0.0.8:9090","Metadata":${text}}`)).toMatchObject({
        address: "10.0.0.8",
        port: 9090,
        metadata: expected,
      });
    expect(readBy(grpcFormat, `{"Addr":"[fe80::1]:80"}`)).toMatchObject({ address: "fe80::1", port: 80 });
    expect(readBy(grpcFormat, `{"Op":1,"Addr":"10.0.0.8:9090"}`)).toBeUndefined();
  });

  test.each([{}, { weight: 2.5, zone: "z", version: "1", metadata: { deep: { text: "<&>\u2028😀" } } }])(
    "what we write we read, in each format",
    (described) => {
      for (const format of [curatorFormat, springFormat, grpcFormat]) {
        const { metadata, ...rest } = publishedOf({ address: "::1", port: 80, ...described }, "warning");
        const found = readBy(format, written(format, { address: "::1", port: 80, ...described }, "warning"));
        expect(found).toMatchObject(rest);
        if (format !== springFormat) expect(found?.metadata).toEqual(metadata);
      }
    },
  );
});

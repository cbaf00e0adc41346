import { once } from "node:events";
import { createRequire } from "node:module";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { systemRuntime } from "@coord/core/spi";
import { expect, onTestFinished, test } from "vitest";
import { Attempt } from "../src/attempt.ts";
import { etcd } from "../src/index.ts";
import { hostsOf, Member } from "../src/rpc.ts";
import { Sockets } from "../src/sockets.ts";
import { silent } from "./scripted.ts";

test("one who accepts connections and says nothing is tried anew, and each try that is given up is closed", {
  timeout: 20_000,
}, async () => {
  const open = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    open.add(socket);
    socket.resume().on("close", () => open.delete(socket));
    socket.on("error", () => {});
  });
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const backend = etcd({ endpoints: `127.0.0.1:${port}` });
  const runtime = { ...systemRuntime, random: () => 0 }; // by the connection that is soon tried anew
  const store = await backend.open({ runtime, logger: silent, namespace: "" });
  const calling = new AbortController();
  const calls = (async () => {
    while (!calling.signal.aborted) await store.get("k", { signal: AbortSignal.timeout(500) }).catch(() => {});
  })();
  await expect.poll(() => accepted, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
  expect(open.size).toBeLessThanOrEqual(2);
  calling.abort();
  await calls;
  await store.close();
  await expect.poll(() => open.size).toBe(0);
});

test("one who was closed connects no more, whoever asks it to", async ({ onTestFinished }) => {
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    socket.destroy();
  });
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const member = new Member({ endpoint: `127.0.0.1:${port}`, tls: undefined, connectMs: 1_500 }, systemRuntime);
  member.close();
  member.reconnect();
  const asked = member.rpc.txn({}, new Attempt().options);
  await expect(asked).rejects.toThrow(/closed/);
  expect(accepted).toBe(0);
});

test("packages that are other ones than they are known to be are refused at the start, by name and version", () => {
  for (const pool of [{}, { hosts: [] }, { hosts: [{}] }])
    expect(() => hostsOf(pool)).toThrow(/^etcd3 is not the version 1\.1\.2 .*ConnectionPool\.hosts changed/);
  expect(() => new Sockets().seenBy({})).toThrow(
    /^@grpc\/grpc-js is not the version \d+\.\d+\.\d+ .*_createSecureConnector/,
  );
});

test("the versions that errors name are those that are installed", () => {
  const require = createRequire(createRequire(import.meta.url).resolve("etcd3"));
  const { version } = require("@grpc/grpc-js/package.json");
  expect(() => new Sockets().seenBy({})).toThrow(`the version ${version} that`);
});

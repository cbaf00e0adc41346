import { expect, test } from "vitest";
import { PeerNetwork } from "./peer-network.ts";
import { dial, echoServer, type TestServer } from "./proxy/ends.ts";

/** Three members that echo, and this process, which dials as whichever of them it is said to be. */
async function threePeers() {
  const [a, b, c] = await Promise.all([echoServer(), echoServer(), echoServer()]);
  const peer = (name: string, { endpoint }: TestServer) => ({ name, endpoint });
  const network = await PeerNetwork.among([peer("a", a), peer("b", b), peer("c", c)]);
  const dialAs = async (from: string, to: string) => {
    network.know([{ name: from, pid: process.pid }]);
    const client = await dial(network.gateOf(to));
    client.send("1");
    await client.received(1);
    return client;
  };
  const dispose = () => Promise.all([network, a, b, c].map((each) => each[Symbol.asyncDispose]())).then(() => {});
  return { network, a, b, c, dialAs, [Symbol.asyncDispose]: dispose };
}

test("who is cut off is so whoever has dialled, and the others are not", async () => {
  await using peers = await threePeers();
  await using dialling = await peers.dialAs("a", "b");
  await using dialled = await peers.dialAs("b", "a");
  await using others = await peers.dialAs("b", "c");
  peers.network.cutOff("a");
  for (const client of [dialling, dialled, others]) client.send("2");
  await others.received(2);
  expect([peers.a.bytes, peers.b.bytes]).toEqual([1, 1]);
  peers.a.say("news");
  peers.c.say("news");
  await others.received(6);
  expect(dialled.text()).toBe("1");
  peers.network.rejoin("a");
  await dialling.received(2);
  await dialled.received(6);
});

test("a member that rejoins is still apart from one that doesn't", async () => {
  await using peers = await threePeers();
  await using toB = await peers.dialAs("a", "b");
  await using toC = await peers.dialAs("a", "c");
  peers.network.cutOff("a");
  peers.network.cutOff("b");
  for (const client of [toB, toC]) client.send("2");
  peers.network.rejoin("a");
  await toC.received(2);
  expect(peers.b.bytes).toBe(1);
  peers.network.rejoin("b");
  await toB.received(2);
});

test("a process that is no member does not get through", async () => {
  await using peers = await threePeers();
  peers.network.know([{ name: "a", pid: process.ppid }]);
  const dialled = dial(peers.network.gateOf("b")); // the reset may be there before the connection is seen to be
  const outcome = await dialled.then(
    (client) => client.outcome(),
    (error) => error.code,
  );
  expect(outcome).toBe("ECONNRESET");
  expect(peers.b.bytes).toBe(0);
});

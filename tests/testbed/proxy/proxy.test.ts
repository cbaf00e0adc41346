import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { eventually } from "../eventually.ts";
import { dial, echoServer, messageOf, silentServer, type TestClient, type TestServer } from "./ends.ts";
import { startProxy } from "./proxy.ts";

test("a plain wire passes bytes both ways and counts them", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  const message = randomBytes(300_000);
  client.send(message);
  await client.received(message.length);
  expect(Buffer.concat(client.chunks).equals(message)).toBe(true);
  expect(proxy.counts).toEqual({ connections: 1, open: 1, requestBytes: 300_000, replyBytes: 300_000, heldBytes: 0 });
});

test("a side that ends its half is ended at the other, which can still answer", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  client.send("last words");
  client.end();
  expect(await client.outcome()).toBe("ended");
  expect(client.text()).toBe("last words");
  await eventually("no connection is open", () => proxy.counts.open === 0);
});

test("reset is seen as such on both sides, and the next connection works", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  client.send("hello");
  await client.received(5);
  proxy.reset();
  expect(await client.outcome()).toBe("ECONNRESET");
  await eventually("the server has seen the reset", () => server.outcomes.includes("ECONNRESET"));
  await using next = await dial(proxy.endpoint);
  next.send("again");
  await next.received(5);
  expect(proxy.counts.connections).toBe(2);
});

test("a reset gets through to a client that does not read", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  client.pause();
  client.send(randomBytes(20_000_000));
  await eventually("the replies are backed up", () => proxy.counts.replyBytes > 0);
  proxy.reset();
  client.resume();
  await client.outcome();
  expect(Buffer.concat(client.chunks).length).toBeLessThan(20_000_000);
  await eventually("the server has seen the reset", () => server.outcomes.includes("ECONNRESET"));
});

test("while it refuses, connecting fails at once and open connections go on", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  client.send("one");
  await client.received(3);
  proxy.refuse();
  await expect(dial(proxy.endpoint)).rejects.toThrow("ECONNREFUSED");
  client.send("two");
  await client.received(6);
  await proxy.accept();
  await using next = await dial(proxy.endpoint);
  next.send("three");
  await next.received(5);
});

test("it may be asked to accept more than once at a time, and to refuse while it begins to", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  proxy.refuse();
  await Promise.all([proxy.accept(), proxy.accept(), proxy.accept()]);
  await using client = await dial(proxy.endpoint);
  client.send(Buffer.from("x"));
  await client.received(1);
  proxy.refuse();
  const accepting = proxy.accept();
  proxy.refuse();
  await accepting;
  await expect(dial(proxy.endpoint)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("a server that refuses shows as a reset", async () => {
  const server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await server[Symbol.asyncDispose]();
  await using client = await dial(proxy.endpoint);
  expect(await client.outcome()).toBe("ECONNRESET");
});

test("stalled requests do not reach the server until healed, replies do pass", async () => {
  await using server = await silentServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  client.send("first");
  await eventually("the server has the first message", () => server.text() === "first");
  proxy.stall("requests");
  client.send(", second");
  server.say("pushed");
  await client.received(6);
  await eventually("the proxy keeps the second message", () => proxy.counts.heldBytes === 8);
  expect(server.text()).toBe("first");
  proxy.heal();
  await eventually("the server has both messages", () => server.text() === "first, second");
});

test("stalled replies do not reach the client until healed, requests do pass", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  proxy.stall("replies");
  client.send("hello");
  await eventually("the proxy keeps the reply", () => proxy.counts.heldBytes === 5);
  expect(client.text()).toBe("");
  expect(proxy.counts).toMatchObject({ requestBytes: 5, replyBytes: 0 });
  proxy.heal();
  await client.received(5);
});

test("a connection made during a stall is accepted and works once healed", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  proxy.stall();
  await using client = await dial(proxy.endpoint);
  client.send("hello");
  await eventually("the proxy keeps the message", () => proxy.counts.heldBytes === 5);
  expect(server.bytes).toBe(0);
  proxy.heal();
  await client.received(5);
});

test("an end during a stall is told on heal, after the bytes before it", async () => {
  await using server = await silentServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  client.send("known");
  await eventually("the server has the first message", () => server.text() === "known");
  proxy.stall();
  server.say("farewell");
  server.hangUp();
  await eventually("the proxy keeps the farewell", () => server.ended && proxy.counts.heldBytes === 8);
  expect(client.text()).toBe("");
  expect(client.over).toBe(false);
  proxy.heal();
  expect(await client.outcome()).toBe("ended");
  expect(client.text()).toBe("farewell");
});

test("a reset by one side during a stall reaches the other on heal", async () => {
  await using server = await silentServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  client.send("known");
  await eventually("the server has the first message", () => server.text() === "known");
  proxy.stall("replies");
  server.resetAll();
  await using witness = await dial(proxy.endpoint);
  for (let i = 0; i < 5; i++) await exchange(witness, server, messageOf(i));
  expect(client.over).toBe(false);
  proxy.heal();
  expect(await client.outcome()).toBe("ECONNRESET");
});

/** By the time the server has a message sent now, the proxy has seen what was there to see before. */
async function exchange(client: TestClient, server: TestServer, message: string): Promise<void> {
  client.send(message);
  await eventually(`the server has ${message}`, () => server.text().endsWith(message));
}

test("delay holds bytes for so long and keeps their order", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  proxy.delay(150, "replies");
  const began = performance.now();
  for (let i = 0; i < 50; i++) client.send(messageOf(i));
  client.end();
  expect(await client.outcome()).toBe("ended");
  expect(performance.now() - began).toBeGreaterThanOrEqual(150);
  expect(client.text()).toBe(Array.from({ length: 50 }, (_, i) => messageOf(i)).join(""));
});

test("a delay that becomes shorter lets nothing overtake", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  proxy.delay(60_000, "requests");
  client.send("slow ");
  proxy.delay(20, "requests");
  client.send("fast");
  await client.received(9);
  expect(client.text()).toBe("slow fast");
});

test("healing ends a delay for what is under way, too", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  proxy.delay(60_000);
  client.send("hello");
  await eventually("the proxy keeps the message", () => proxy.counts.heldBytes === 5);
  proxy.heal();
  await client.received(5);
});

test.each([1, 7, 4_096, 65_537, 3_000_000])("a reply cut after %i bytes arrives to exactly there", async (cut) => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  const message = randomBytes(4_000_000);
  proxy.cutAfter(cut, "replies");
  client.send(message);
  expect(await client.outcome()).toBe("ECONNRESET");
  expect(Buffer.concat(client.chunks).equals(message.subarray(0, cut))).toBe(true);
  expect(proxy.counts.replyBytes).toBe(cut);
});

test.each([1, 5_000, 1_000_000])("a request cut after %i bytes arrives to exactly there", async (cut) => {
  await using server = await silentServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  proxy.cutAfter(cut, "requests");
  client.send(randomBytes(cut + 1_000));
  expect(await client.outcome()).toBe("ECONNRESET");
  await eventually("the server has seen the reset", () => server.outcomes.includes("ECONNRESET"));
  expect(server.bytes).toBe(cut);
});

test("cut after 0 bytes loses a reply whole, though the request arrived", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  proxy.cutAfter(0, "replies");
  client.send("do it");
  expect(await client.outcome()).toBe("ECONNRESET");
  expect(client.text()).toBe("");
  expect(server.bytes).toBe(5);
});

test("a cut is for one connection, the next is whole", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using first = await dial(proxy.endpoint);
  proxy.cutAfter(3, "replies");
  first.send("hello");
  expect(await first.outcome()).toBe("ECONNRESET");
  await using second = await dial(proxy.endpoint);
  second.send("hello");
  await second.received(5);
});

test("an abandoned connection is reset at the client, and what was held still reaches the server", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  client.send("first");
  await client.received(5);
  proxy.stall("requests");
  client.send(", late");
  await eventually("the proxy keeps the second message", () => proxy.counts.heldBytes === 6);
  proxy.abandon();
  expect(await client.outcome()).toBe("ECONNRESET");
  expect(server.text()).toBe("first");
  expect(server.outcomes).toEqual([]);
  proxy.heal();
  await eventually("the server has both messages", () => server.text() === "first, late");
  await using next = await dial(proxy.endpoint);
  next.send("!");
  await next.received(1);
  expect(server.outcomes).toEqual([]);
  expect(client.text()).toBe("first");
  expect(proxy.counts).toEqual({ connections: 2, open: 2, requestBytes: 12, replyBytes: 6, heldBytes: 0 });
});

test("what was held of a client that had ended its half ends for the server, too", async () => {
  await using server = await silentServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  proxy.stall("requests");
  client.send("last words");
  client.end();
  await eventually("the proxy keeps the message", () => proxy.counts.heldBytes === 10);
  proxy.abandon();
  proxy.heal();
  await eventually("the server has seen the end", () => server.outcomes.includes("ended"));
  expect(server.text()).toBe("last words");
});

test("replies to an abandoned connection are dropped, those kept back and those to come", async () => {
  await using server = await silentServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  await exchange(client, server, "hello");
  proxy.stall("replies");
  server.say("kept back");
  await eventually("the proxy keeps the reply", () => proxy.counts.heldBytes === 9);
  proxy.abandon();
  expect(await client.outcome()).toBe("ECONNRESET");
  expect(proxy.counts).toMatchObject({ open: 1, heldBytes: 0, replyBytes: 0 });
  server.say("x".repeat(20_000_000));
  server.hangUp();
  await eventually("the server could say all", () => server.ended);
  await eventually("no connection is open", () => proxy.counts.open === 0);
  await eventually("the server has seen the end", () => server.outcomes.length > 0);
  expect(server.outcomes).toEqual(["ended"]);
  expect(proxy.counts).toMatchObject({ heldBytes: 0, replyBytes: 0 });
});

test("an abandoned connection whose server has hung up gets what was held, then its end", async () => {
  await using server = await silentServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  await exchange(client, server, "hello");
  proxy.stall();
  client.send(", late");
  server.hangUp();
  await eventually("the proxy keeps the second message", () => server.ended && proxy.counts.heldBytes === 6);
  proxy.abandon();
  proxy.heal();
  await eventually("no connection is open", () => proxy.counts.open === 0);
  expect(server.text()).toBe("hello, late");
  expect(server.outcomes).toEqual(["ended"]);
});

test("a stranded connection hears nothing, not even that its server is gone, and the next one works", async () => {
  await using server = await echoServer();
  await using proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  client.send("hello");
  await client.received(5);
  proxy.strand();
  client.send(", lost");
  server.resetAll();
  await using next = await dial(proxy.endpoint);
  next.send("again");
  await next.received(5);
  proxy.heal();
  expect(client.text()).toBe("hello");
  expect(client.over).toBe(false);
  expect(server.text()).toBe("helloagain");
});

test("disposing it ends an abandoned connection, too", async () => {
  await using server = await silentServer();
  const proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  await exchange(client, server, "hello");
  proxy.abandon();
  await proxy[Symbol.asyncDispose]();
  await eventually("the server has seen the reset", () => server.outcomes.includes("ECONNRESET"));
});

test("disposing it ends its connections and frees its port", async () => {
  await using server = await echoServer();
  const proxy = await startProxy(server.endpoint);
  await using client = await dial(proxy.endpoint);
  await proxy[Symbol.asyncDispose]();
  expect(await client.outcome()).toBe("ECONNRESET");
  await expect(dial(proxy.endpoint)).rejects.toThrow("ECONNREFUSED");
});

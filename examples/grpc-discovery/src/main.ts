// Two processes serve over gRPC, and register; the third one calls them by the name of their service.
import { CountDownLatch } from "@coord/barrier";
import { connect } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { registerCoordResolver } from "@coord/discovery/grpc";
import { credentials, makeClientConstructor, Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";

const { COORD_URL = "file:./.coord", NAME = "worker-1" } = process.env;
const coord = await connect(COORD_URL, { owner: NAME });
const discovery = new Discovery(coord);
const done = new CountDownLatch(coord, "done", { count: 1 });

/** What a compiler makes of a .proto file. */
const bytes = { serialize: (text: string) => Buffer.from(text), deserialize: (buffer: Buffer) => buffer.toString() };
const greeter = {
  greet: {
    path: "/Greeter/Greet",
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes.serialize,
    requestDeserialize: bytes.deserialize,
    responseSerialize: bytes.serialize,
    responseDeserialize: bytes.deserialize,
  },
} satisfies ServiceDefinition;

await (NAME === "worker-3" ? call() : serve());
await coord.close();

async function serve(): Promise<void> {
  let served = 0;
  const server = new Server();
  server.addService(greeter, {
    greet: (_: unknown, answer: (error: null, text: string) => void) => {
      served += 1;
      answer(null, NAME);
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const me = await discovery.register({ name: "greeter", id: NAME, address: "127.0.0.1", port }, { drainMs: 100 });
  await done.wait();
  await me.close();
  server.forceShutdown();
  console.log(`served ${served} calls`);
}

async function call(): Promise<void> {
  registerCoordResolver(discovery);
  await discovery.service("greeter").ready({ min: 2, waitMs: 10_000 });
  const Client = makeClientConstructor(greeter, "Greeter");
  const client = new Client("coord:greeter", credentials.createInsecure());
  const greet = (client.greet as (name: string, answer: (error: Error | null, text: string) => void) => void).bind(
    client,
  );
  const answers = new Set<string>();
  for (let call = 0; call < 400 && answers.size < 2; call += 1) {
    answers.add(
      await new Promise<string>((resolve, reject) =>
        greet(NAME, (error, text) => (error ? reject(error) : resolve(text))),
      ),
    );
  }
  console.log(`calls were answered by ${[...answers].sort().join(" and ")}`);
  client.close();
  await done.countDown(NAME);
}

import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { connect } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { coordInterceptor } from "@coord/discovery/undici";
import { memory } from "@coord/memory";
import { Agent, request } from "undici";
import { expect, type TestContext, test } from "vitest";
import { certificates, type Identity } from "../testbed/certificates.ts";

/** A TLS server that tells by which name it was asked for, as the handshake said it. */
async function serving(identity: Identity, { onTestFinished }: TestContext): Promise<number> {
  const server: Server = createServer(identity, ({ socket, headers }, response) =>
    response.end(`${(socket as TLSSocket).servername} ${headers.host}`),
  );
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function client(ports: readonly number[], ca: Buffer, { onTestFinished }: TestContext) {
  const coord = await connect(memory());
  onTestFinished(() => coord.close());
  const discovery = new Discovery(coord);
  for (const port of ports) await discovery.register({ name: "orders", address: "127.0.0.1", port, secure: true });
  const agent = new Agent({ connect: { ca } });
  onTestFinished(() => agent.close());
  const dispatcher = agent.compose(coordInterceptor(discovery, { attempts: 1 }));
  return async (url: string) => (await request(url, { dispatcher })).body.text();
}

test("a request by the name of a service is encrypted to the instance, and its certificate must be for that name", async (context) => {
  const { ca, service } = await certificates();
  const ask = await client([await serving(service, context), await serving(service, context)], ca, context);
  for (const scheme of ["https", "http"])
    for (let count = 0; count < 4; count += 1)
      expect(await ask(`${scheme}://orders.coord/v1`)).toBe("orders.coord orders.coord");
});

test("a server whose certificate is for its address only, or from another authority, is refused", async (context) => {
  const { ca, otherCa, server, service } = await certificates();
  const byAddress = await client([await serving(server, context)], ca, context);
  await expect(byAddress("https://orders.coord/v1")).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  const byStranger = await client([await serving(service, context)], otherCa, context);
  await expect(byStranger("https://orders.coord/v1")).rejects.toThrow(/certificate|issuer/);
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Endpoint, hostPort } from "./endpoint.ts";
import type { Credentials } from "./etcd-gateway.ts";
import type { HttpServer } from "./http.ts";
import { command } from "./provision/command.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

/** A server as etcdctl is to see it. */
export interface EtcdctlServer {
  readonly endpoint: Endpoint;
  readonly tls?: HttpServer["tls"];
  readonly user?: Credentials | undefined;
}

/** Runs etcd's own tool and gives what it prints. Where and as whom it works is none of its arguments: errors show those. */
export async function etcdctl(program: string, args: readonly string[], server?: EtcdctlServer): Promise<string> {
  await using folder = await TemporaryFolder.create("coord-etcdctl");
  const settings = server && { ...where(server), ...(await pemFiles(server, folder.path)) };
  return await command(program, args, { env: { ...process.env, ETCDCTL_API: "3", ...settings } });
}

function where({ endpoint, tls, user }: EtcdctlServer): NodeJS.ProcessEnv {
  return {
    ETCDCTL_ENDPOINTS: `${tls ? "https" : "http"}://${hostPort(endpoint)}`,
    ...(user && { ETCDCTL_USER: `${user.username}:${user.password}` }),
  };
}

async function pemFiles({ tls }: EtcdctlServer, folder: string): Promise<NodeJS.ProcessEnv> {
  const { ca, cert, key } = tls ?? {};
  const settings: NodeJS.ProcessEnv = {};
  for (const [variable, pem] of Object.entries({ ETCDCTL_CACERT: ca, ETCDCTL_CERT: cert, ETCDCTL_KEY: key })) {
    if (pem === undefined) continue;
    settings[variable] = join(folder, variable);
    await writeFile(join(folder, variable), pem, { mode: 0o600 });
  }
  return settings;
}

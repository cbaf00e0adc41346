import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Certificates, Identity } from "./certificates.ts";

/** `server`: the server shows a certificate. `mutual`: it wants one of the client, too. */
export type TlsMode = "server" | "mutual";

/** What a client needs, in PEM, and what doesn't do. */
export interface EtcdTls extends Identity {
  /** Signed the server's certificate and the client's. */
  readonly ca: Buffer;
  /** Signed neither. */
  readonly otherCa: Buffer;
  /** A client certificate that etcd takes for a login of the user `app`. Its JSON gateway refuses it. */
  readonly app: Identity;
  /** Client certificates that a server is to refuse: one is past its time, one of the other authority. */
  readonly expired: Identity;
  readonly stranger: Identity;
}

export interface TlsSetup {
  readonly client: EtcdTls;
  /** What etcd is started with. */
  readonly flags: Readonly<Record<string, string>>;
}

/** Puts what the servers need into the folder. */
export async function setUpTls(mode: TlsMode, folder: string): Promise<TlsSetup> {
  const { certificates } = await import("./certificates.ts"); // what makes them is large, and few need it
  const all = await certificates();
  const files = { ca: join(folder, "ca.pem"), cert: join(folder, "server.pem"), key: join(folder, "server.key") };
  await writeFile(files.ca, all.ca);
  await writeFile(files.cert, all.server.cert);
  await writeFile(files.key, all.server.key, { mode: 0o600 });
  const own = { "--cert-file": files.cert, "--key-file": files.key };
  const clients = { "--client-cert-auth": "true", "--trusted-ca-file": files.ca };
  return { client: forClients(all), flags: mode === "mutual" ? { ...own, ...clients } : own };
}

function forClients({ ca, otherCa, client, app, expired, stranger }: Certificates): EtcdTls {
  return { ca, otherCa, ...client, app, expired, stranger };
}

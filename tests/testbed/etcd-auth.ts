import { randomBytes } from "node:crypto";
import { base64, type Credentials, type EtcdGateway } from "./etcd-gateway.ts";

export interface EtcdAuth {
  /** May do everything. */
  readonly root: Credentials;
  /** May read and write the keys that begin with the prefix, and no other. */
  readonly app: Credentials;
  readonly prefix: string;
}

/** The passwords are found nowhere else, so where one shows up it has leaked. */
export function newAuth(prefix: string): EtcdAuth {
  return { root: newCredentials("root"), app: newCredentials("app"), prefix };
}

/** From here on the servers want to know who asks. */
export async function enableAuth(gateway: EtcdGateway, { root, app, prefix }: EtcdAuth): Promise<void> {
  await gateway.call("auth/role/add", { name: "app" });
  await gateway.call("auth/role/grant", {
    name: "app",
    perm: { permType: "READWRITE", key: base64(prefix), range_end: base64(after(prefix)) },
  });
  await addUser(gateway, root, "root");
  await addUser(gateway, app, "app");
  await gateway.call("auth/enable");
}

/** To be given a password, even the one he has, costs a user all of his tokens. */
export async function revokeTokens(gateway: EtcdGateway, { root }: EtcdAuth, user: Credentials): Promise<void> {
  const asRoot = await gateway.as(root);
  await asRoot.call("auth/user/changepw", { name: user.username, password: user.password });
}

async function addUser(gateway: EtcdGateway, { username, password }: Credentials, role: string): Promise<void> {
  await gateway.call("auth/user/add", { name: username, password });
  await gateway.call("auth/user/grant", { user: username, role });
}

function newCredentials(username: string): Credentials {
  return { username, password: randomBytes(12).toString("base64url") };
}

/** The first text that is after all with this prefix. */
function after(prefix: string): string {
  const last = prefix.length - 1;
  if (!(prefix.charCodeAt(last) < 0x7f)) throw new Error(`a prefix here ends in ASCII: "${prefix}"`);
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

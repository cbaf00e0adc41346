import type { Send } from "./connection.ts";
import { unless } from "./errors.ts";
import { parentPath, rootPath } from "./nodes.ts";
import { type Acl, type Create, createContainer, createMode, errorCode, single } from "./wire/requests.ts";

/** Whoever reaches the server may do everything. */
export const openAcl: readonly Acl[] = [{ perms: 31, scheme: "world", id: "anyone" }];
/** Only who has authenticated as the one who makes the node. */
export const creatorAcl: readonly Acl[] = [{ perms: 31, scheme: "auth", id: "" }];

/** What is no reason to stop: it is there already, or only somebody else may make it, and then it shows at what is made in it. */
const thereOrNotOurs = unless(errorCode.nodeExists, errorCode.noAuth);

/**
 * Makes a directory and those above it where they are missing, in one round trip: as containers, so that the server
 * removes them when they have been emptied, or as plain nodes where a server doesn't know containers.
 */
export async function makeDirectory(send: Send, path: string, acl: readonly Acl[]): Promise<void> {
  const missing: string[] = [];
  for (let each = path; each !== rootPath; each = parentPath(each)) missing.unshift(each);
  await Promise.all(missing.map((each) => makeContainer(send, each, acl).catch(thereOrNotOurs)));
}

async function makeContainer(send: Send, path: string, acl: readonly Acl[]): Promise<unknown> {
  const made = await send(createContainer(path, acl)).catch(unless(errorCode.unimplemented));
  return made ?? send(single(directory(path, acl)));
}

const directory = (path: string, acl: readonly Acl[]): Create => ({
  op: "create",
  path,
  data: null,
  acl,
  mode: createMode.persistent,
});

import { readFile } from "node:fs/promises";
import { type EtcdOptions, type TlsOptions, wrong } from "./options.ts";

/** What a URL says: the files that it names are read when the connection is made. */
export interface UrlOptions extends Omit<EtcdOptions, "tls"> {
  readonly tls: boolean;
  readonly files: { readonly [Name in "ca" | "cert" | "key"]?: string | undefined };
  readonly serverName?: string | undefined;
}

const parameters = ["ca", "cert", "key", "serverName", "allowPlaintext"];

/** `etcd://user:password@a:2379,b:2379/name/space?ca=ca.pem`; `etcds:` for TLS. */
export function optionsOf(url: string): UrlOptions {
  if (/^\w+:\/\/[^@/?#]*[/?#].*@/.test(url)) {
    throw wrong(
      "The URL has an @ behind the first /, ? or #. In a user's name or password these are escaped: %40, %2F, %3F, %23.",
    );
  }
  const [, scheme = "", , user, hosts = "", , path = "", , query = ""] =
    /^(etcds?):\/\/(([^@/?#]*)@)?([^/?#]*)(\/([^?#]*))?(\?([^#]*))?$/i.exec(url) ?? [];
  if (hosts === "") throw wrong(`The URL ${shown(url)} names no server; write etcd://host:2379/namespace.`);
  const asked = new URLSearchParams(query);
  for (const name of asked.keys()) {
    if (!parameters.includes(name))
      throw wrong(`The URL ${shown(url)} has the parameter "${name}"; there are ${parameters.join(", ")}.`);
  }
  const [username, password] = (user?.split(/:(.*)/s) ?? []).map((part) => decoded(url, part));
  const files = {
    ca: asked.get("ca") ?? undefined,
    cert: asked.get("cert") ?? undefined,
    key: asked.get("key") ?? undefined,
  };
  const tls = scheme.toLowerCase() === "etcds";
  if (!tls && Object.values(files).some((file) => file !== undefined))
    throw wrong(`The URL ${shown(url)} names certificates; they are for etcds:// alone.`);
  return {
    endpoints: hosts,
    namespace: path === "" ? undefined : decoded(url, path.replace(/\/$/, "")),
    username,
    password,
    tls,
    allowPlaintext: asked.get("allowPlaintext") === "true",
    files,
    serverName: asked.get("serverName") ?? undefined,
  };
}

export async function tlsOf({ tls, files, serverName }: UrlOptions): Promise<boolean | TlsOptions> {
  if (!tls) return false;
  const [ca, cert, key] = await Promise.all([read("ca", files.ca), read("cert", files.cert), read("key", files.key)]);
  return { ca, cert, key, serverName };
}

async function read(name: string, file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (error) {
    throw wrong(
      `The file ${JSON.stringify(file)} that the URL names as ${name} can't be read: ${(error as Error).message}`,
    );
  }
}

function decoded(url: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong(`The URL ${shown(url)} has a "%" that escapes nothing; write it as %25.`);
  }
}

/** Without what must not be shown. */
const shown = (url: string): string => JSON.stringify(url.replace(/\/\/.*@/s, "//…@"));

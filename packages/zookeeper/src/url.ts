import { UsageError } from "@coord/core/spi";
import type { ZooKeeperOptions } from "./options.ts";

/** The parts of `zk://user:password@a:2181,b:2181/namespace`. An error shows no more of it than the scheme: it may have a password. */
export function fromText(url: string): ZooKeeperOptions {
  const [, scheme, user, servers, path] = /^(zks?):\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^?#]*))?$/i.exec(url) ?? [];
  if (scheme === undefined || servers === undefined) {
    throw new UsageError("The URL of a ZooKeeper must be like zk://host:2181,host:2181/namespace, or zks:// for TLS.", {
      operation: "connect",
    });
  }
  return {
    servers: servers.split(",").filter((server) => server !== ""),
    ...(path ? { namespace: decoded(path, "namespace") } : {}),
    ...(user === undefined ? {} : { auth: authOf(user) }),
    ...(scheme.toLowerCase() === "zks" ? { tls: true as const } : {}),
  };
}

function authOf(text: string): { user: string; password: string } {
  const colon = text.indexOf(":");
  if (colon < 0) {
    throw new UsageError("The URL has a user without a password; write zk://user:password@host.", {
      operation: "connect",
    });
  }
  return { user: decoded(text.slice(0, colon), "user"), password: decoded(text.slice(colon + 1), "password") };
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError(`The ${part} in the URL has a "%" that escapes nothing; write it as %25.`, {
      operation: "connect",
    });
  }
}

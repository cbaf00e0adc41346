import type { ProvidedContext } from "vitest";
import type { TestProject } from "vitest/node";
import type { Servers } from "./provision/found.ts";
import { missingServers, reportMissing } from "./provision/notice.ts";
import { provision } from "./provision/provision.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What there is to test on. Tests of a server that is missing are to be skipped. */
    servers: Servers;
  }
}

const key = "servers" satisfies keyof ProvidedContext;

/** Provides the servers to every test, and says which there are none of. */
export async function setup(project: TestProject): Promise<void> {
  const servers = await provision({ announce: (line) => console.error(line) });
  reportMissing(missingServers(servers), process.env, (notice) => console.error(notice));
  project.provide(key, servers);
}

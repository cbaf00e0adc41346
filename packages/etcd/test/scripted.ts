import { systemRuntime } from "@coord/core/spi";
import { Connection } from "../src/connection.ts";
import type { Member, Rpc } from "../src/rpc.ts";
import type { Credentials } from "../src/token.ts";

const nothing = () => {};
export const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export const header = (revision: number, raft_term = 1) => ({
  cluster_id: "1",
  member_id: "1",
  revision: `${revision}`,
  raft_term: `${raft_term}`,
});

/** A connection to one member, whose answers the test decides. */
export function connectionTo(rpc: object, credentials?: Credentials): Connection {
  const member = { endpoint: "h:1", rpc: rpc as Rpc, close: nothing } as unknown as Member;
  return new Connection([member], credentials, { runtime: systemRuntime, logger: silent });
}

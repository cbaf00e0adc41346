import type { Key, Logger } from "@coord/core/spi";
import type { Connection } from "./connection.ts";
import { rangeBelow } from "./keys.ts";
import type { Transactions } from "./transactions.ts";

/**
 * Asks for the right to read and write all that is below the namespace, by a transaction whose condition never holds: the
 * server judges the rights to what it would do, and does nothing.
 *
 * @throws AuthError when the credentials are refused, or lack the right
 */
export async function assertRights(transactions: Transactions, namespace: Key): Promise<void> {
  const below = rangeBelow(namespace);
  await transactions.run({
    operation: "connect",
    key: namespace === "" ? undefined : namespace,
    repeatable: true,
    request: {
      compare: [{ key: below.key, target: "Version", result: "Less", number: "0" }],
      success: [{ request_range: { ...below, count_only: true } }, { request_delete_range: below }],
    },
  });
}

/** The first version of each line without the known faults of leases; older lines have them too, newer ones don't. */
const sound: Readonly<Record<string, number>> = { "3.4": 38, "3.5": 13 };

/** Says once if the server is one that is known to end leases that live, or to confirm some that don't. */
export async function lookAtVersion(connection: Connection, logger: Logger): Promise<void> {
  const { version } = await connection.call({
    operation: "status",
    repeatable: true,
    send: (rpc, options) => rpc.maintenance.status(options),
  });
  const [, line = "", patch = "0"] = /^(\d+\.\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(patch) >= (sound[line] ?? 0)) return;
  logger.warn(
    { version, atLeast: `${line}.${sound[line]}` },
    "this version of etcd may end leases that live and confirm some that don't (etcd issues 15247 and 14758): fencing tokens keep the data safe; upgrade the server",
  );
}

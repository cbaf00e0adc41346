import { randomBytes } from "node:crypto";

/** A lease's id as etcd's calls take it, from the session's id: the same number, in decimal digits. */
export function leaseOf(session: string): string {
  if (last.session !== session) last = { session, lease: BigInt(`0x${session}`).toString() };
  return last.lease;
}

/** A client asks for the same one again and again. */
let last = { session: "", lease: "" };

/** An id of our own, so that a grant whose answer was lost can be repeated: 63 bits, never 0, which would ask etcd for one. */
export function newLease(): string {
  const id = randomBytes(8).readBigUInt64BE() >> 1n;
  return (id === 0n ? 1n : id).toString();
}

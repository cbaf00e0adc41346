import { type HoldLossReason, LockLostError, LockTimeoutError } from "@coord/core";
import type { Line } from "@coord/core/recipe";

/** How a lock tells that it did not come free in time, and that it is lost. */
export function wording(name: string, what = "lock"): Pick<Line, "name" | "timeout" | "lossError" | "span"> {
  const called = `The ${what} ${JSON.stringify(name)}`;
  return {
    name,
    span: "lock.hold",
    timeout: (cause) =>
      new LockTimeoutError(`${called} did not come free in time; the place in line was given up.${outOfReach(cause)}`, {
        operation: "lock.acquire",
        key: name,
        cause,
      }),
    lossError: (reason, { order }, cause) =>
      new LockLostError(
        reason,
        `${called} (token ${order}) is lost: ${why[reason]} Stop what it protects; another holder may be let in now.`,
        { operation: "lock.hold", key: name, cause },
      ),
  };
}

const outOfReach = (trouble: unknown) =>
  trouble instanceof Error ? ` The store was out of reach then: ${trouble.message}` : "";

const why: Record<HoldLossReason, string> = {
  deadline: "the session could not be renewed in time.",
  session: "the store ended the session.",
  deleted: "its entry is gone from the store.",
  closed: "it was released, or the client is being closed.",
  suspended: "the store is out of reach.",
};

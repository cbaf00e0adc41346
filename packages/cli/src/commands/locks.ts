import type { Coord, Entry } from "@coord/core";
import type { Contestant } from "@coord/lock";
import { Command } from "commander";
import type { GlobalOptions } from "../client.ts";
import { namesInUse, useIn } from "../contended.ts";
import { spell } from "../duration.ts";
import { examples } from "../examples.ts";
import { table } from "../terminal.ts";
import { waitingFor } from "../waiting-for.ts";

/** One line of the answer. */
interface LockShown {
  readonly name: string;
  readonly kind: "lock" | "read-write lock" | "semaphore" | "free";
  readonly limit?: number | null;
  readonly holders: readonly Contestant[];
  readonly waiters: readonly Contestant[];
}

export function locksCommand(): Command {
  const command = new Command("locks")
    .summary("who holds locks, and who waits")
    .description(
      "Shows of each lock who holds it, since when and with which token, and how many wait; with --json also who.",
    )
    .argument("[names...]", "of locks, read-write locks and semaphores; none: all that somebody holds or waits for")
    .addHelpText(
      "after",
      examples(
        ["coord locks", "all that are in use"],
        ["coord locks deploy nightly", "two of them"],
        ["coord locks deploy --json | jq .[0].waiters", "who waits, in their order"],
      ),
    );
  return command.action((names: string[]) =>
    waitingFor(command.optsWithGlobals<GlobalOptions>(), async (coord, { terminal }) => {
      const asked = names.length > 0 ? names : await namesInUse(coord, "lock", "read-write lock", "semaphore");
      const shown = await Promise.all(asked.map((name) => look(coord, name)));
      terminal.answer(shown, () =>
        table(["NAME", "KIND", "HOLDER", "SINCE", "TOKEN", "WAITERS"], shown.flatMap(rowsOf)),
      );
    }),
  );
}

/** What a name is used as shows in the keys of those who stand there. */
async function look(coord: Coord, name: string): Promise<LockShown> {
  const { toKey } = await import("@coord/core");
  const { Mutex, ReadWriteLock, Semaphore } = await import("@coord/lock");
  const { entries } = await coord.store.list(toKey(name));
  const kind = kindIn(entries);
  if (kind === "semaphore") return { name, kind, ...(await new Semaphore(coord, name).inspect()) };
  if (kind === "read-write lock") {
    const { writer, readers, waiters } = await new ReadWriteLock(coord, name).inspect();
    return { name, kind, holders: writer ? [writer] : readers, waiters };
  }
  const { holder, waiters } = await new Mutex(coord, name).inspect();
  return { name, kind: holder ? "lock" : "free", holders: holder ? [holder] : [], waiters };
}

function kindIn(entries: readonly Entry[]): LockShown["kind"] {
  const use = useIn(entries);
  if (use === "semaphore" || use === "read-write lock") return use;
  return entries.some(({ key }) => key.endsWith("/limit")) ? "semaphore" : "lock";
}

function rowsOf({ name, kind, limit, holders, waiters }: LockShown): string[][] {
  const called = limit === undefined ? kind : `${kind} of ${limit ?? "?"}`;
  if (holders.length === 0) return [[name, called, "-", "-", "-", String(waiters.length)]];
  return holders.map(({ owner = "?", since, token }, index) => [
    index === 0 ? name : "",
    index === 0 ? called : "",
    owner,
    since === undefined ? "?" : spell(Math.max(0, Date.now() - Date.parse(since))),
    String(token),
    index === 0 ? String(waiters.length) : "",
  ]);
}

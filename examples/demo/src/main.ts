// The parent: it opens a store and performs the steps on it, each with three worker processes of its own.
import { type Output, report } from "./report.ts";
import { steps } from "./steps/index.ts";
import { MissingServer, openStore, type StoreName } from "./stores.ts";
import { killAll } from "./worker-process.ts";

process.on("exit", killAll); // however this process ends, its workers end too
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
for (const [signal, code] of Object.entries(exitCodes)) process.on(signal, () => process.exit(code));

const output: Output = {
  write: (line) => console.log(line),
  colors: process.stdout.isTTY && process.stdout.hasColors(),
};

/** Performs all steps on each of these stores; gives the exit code. `cache`: where servers are looked for, and fetched to. */
export async function demo(names: readonly StoreName[], cache: string): Promise<number> {
  try {
    return await report(performances(names, cache), output);
  } catch (error) {
    if (!(error instanceof MissingServer)) throw error;
    console.error(error.message);
    return 1;
  }
}

async function* performances(names: readonly StoreName[], cache: string) {
  for (const name of names) {
    await using store = await openStore(name, cache);
    if (names.length > 1) output.write(`on ${store.title}`);
    for (const step of steps) yield { title: step.title, perform: () => step.perform(store) };
  }
}

import type { Coord } from "@coord/core";
import type { Command } from "commander";
import { type GlobalOptions, withClient } from "./client.ts";
import { count } from "./option-values.ts";
import type { Terminal } from "./terminal.ts";
import { waitingFor } from "./waiting-for.ts";

/** The options of commands that go from one store to another. */
export interface TwoStoresOptions extends GlobalOptions {
  readonly to: string;
  readonly into?: string;
  readonly rate: number;
}

export const withTwoStores = (command: Command): Command =>
  command
    .argument("<names...>", "whose direct children are meant; what lies deeper is named by itself")
    .requiredOption("--to <url>", "the other store")
    .option("--into <name>", "a prefix for the names there; default: the same names")
    .option("--rate <writes>", "the most writes in a second, for each name", count, 2_000);

/** Work with a client of the one and a client of the other. */
export function betweenStores(
  options: TwoStoresOptions,
  work: (source: Coord, target: Coord, signal: AbortSignal, terminal: Terminal) => Promise<void>,
): Promise<void> {
  return waitingFor(options, (source, { signal, terminal }) =>
    withClient({ ...options, url: options.to }, (target) => work(source, target, signal, terminal), { signal }),
  );
}

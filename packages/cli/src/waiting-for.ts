import type { Coord } from "@coord/core";
import { Interrupts } from "./child/interrupts.ts";
import { type GlobalOptions, terminalOf, withClient } from "./client.ts";
import type { Terminal } from "./terminal.ts";

/** Work with a client that may take long: a signal that asks this process to end cancels it. */
export async function waitingFor(
  options: GlobalOptions,
  work: (coord: Coord, tools: { readonly signal: AbortSignal; readonly terminal: Terminal }) => Promise<void>,
): Promise<void> {
  using interrupts = new Interrupts();
  const { signal } = interrupts;
  await withClient(options, (coord) => work(coord, { signal, terminal: terminalOf(options) }), { signal });
}

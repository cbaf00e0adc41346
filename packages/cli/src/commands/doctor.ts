import type { Backend, Coord } from "@coord/core";
import { Command } from "commander";
import { Interrupts } from "../child/interrupts.ts";
import { type GlobalOptions, terminalOf, withClient } from "../client.ts";
import { type Finding, grants, latency, reaches, takesLocks } from "../diagnosis.ts";
import { spell } from "../duration.ts";
import { examples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { backendOf } from "../stores.ts";
import { plain, style } from "../terminal.ts";

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .summary("what is wrong, and what to do")
    .description(
      "Checks one after the other what everything else needs: the address, each endpoint, the session, how fast the store " +
        "answers, and the right to take a lock. Ends with 0 if all is well, 69 if the store is out of reach, 1 otherwise.",
    )
    .addHelpText("after", examples(["coord doctor --url zk://zoo1:2181,zoo2:2181/billing", "before anything else"]));
  return command.action(async () => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const { findings, connected } = await examine(options);
    const ok = findings.every((finding) => finding.ok);
    terminalOf(options).answer({ ok, checks: findings }, () => findings.map(sentence).join("\n"));
    if (!ok) process.exitCode = connected ? exitCodes.no : exitCodes.unreachable;
  });
}

async function examine(options: GlobalOptions): Promise<{ findings: Finding[]; connected: boolean }> {
  using interrupts = new Interrupts();
  const { signal } = interrupts;
  const backend: Backend = await backendOf(options.url ?? process.env.COORD_URL);
  const findings: Finding[] = [];
  const advice = "It is about the server, not about this command: see the page on the store.";
  const warn = (fields: object, detail: string) => {
    if (!("error" in fields)) findings.push({ check: "server", ok: false, detail, advice });
  };
  const logger = { debug() {}, info() {}, warn, error() {} };
  const addresses = backend.endpoints.filter((endpoint) => !endpoint.startsWith("file:"));
  findings.push(...(await Promise.all(addresses.map((endpoint) => reaches(endpoint, options.timeout)))));
  try {
    await withClient(
      options,
      async (coord: Coord) => {
        findings.push(grants(coord), await latency(coord, signal), await takesLocks(coord, signal));
      },
      { signal, logger },
    );
    return { findings, connected: true };
  } catch (error) {
    signal.throwIfAborted();
    const { message } = error as Error;
    findings.push({ check: "session", ok: false, detail: message, advice: adviceOn(error, options) });
    return { findings, connected: false };
  }
}

const adviceOn = (error: unknown, { timeout }: GlobalOptions) =>
  (error as { code?: string }).code === "AUTH"
    ? "Check the user and the password in the URL, and the rights of that user below the namespace."
    : `If the endpoints can be reached, the servers may have no majority: look at their logs. Or give more time than --timeout ${spell(timeout)}.`;

function sentence({ check, ok, detail, advice }: Finding): string {
  const mark = ok ? style("green", "✓") : style("red", "✗");
  return `${mark} ${plain(`${check}: ${detail}`)}${ok || !advice ? "" : `\n    ${plain(advice)}`}`;
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { beforeAll, expect, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { isRunning } from "../testbed/process-table.ts";
import { bundle } from "./bundle.ts";
import { run } from "./run.ts";

const strict = "--unhandled-rejections=strict";
let program: string;

beforeAll(async () => {
  program = await bundle(new URL("programs/closing.ts", import.meta.url), "closing");
});

test("a process that has closed its clients ends by itself within a second, whatever it held and waited for", async () => {
  const { code, output } = await run(process.execPath, [strict, program, "close"], { limitMs: 15_000 });
  expect(code, output).toBe(0);
  expect(output).toContain("refused: CLOSED");
  const afterMs = Number(/ended (\d+) ms after/.exec(output)?.[1]);
  expect(afterMs, output).toBeLessThan(1_000);
});

test("a process with an open client stays alive", async () => {
  const child = spawn(process.execPath, [strict, program, "stay"], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  try {
    await eventually("that all is set up", () => output.includes("open"));
    // Nothing is left to run in it: without a client that holds it, it would be gone well within this.
    const stays = eventually("that it has ended", () => !isRunning(child.pid ?? 0), { within: 1_500 });
    await expect(stays).rejects.toThrow("Not within");
  } finally {
    child.kill("SIGKILL");
    await exited;
  }
  expect(child.signalCode).toBe("SIGKILL");
});

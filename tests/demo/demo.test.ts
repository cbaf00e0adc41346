import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { CheckFailed, check } from "../../examples/demo/src/check.ts";
import { report } from "../../examples/demo/src/report.ts";
import { eventually } from "../testbed/eventually.ts";
import { isRunning } from "../testbed/process-table.ts";

const program = fileURLToPath(new URL("../../scripts/demo.mjs", import.meta.url));

/** The demo in a process group of its own, by which whatever it leaves behind is found. */
function demo(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void groupOf(child).forEach((pid) => void process.kill(pid, "SIGKILL")));
  const lines: string[] = [];
  const read = createInterface(child.stdout).on("line", (line) => void lines.push(line));
  let errors = "";
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const ended = once(child, "close").then(([code]) => ({ code, lines, errors }));
  return { child, read, ended };
}

/** The processes of its group that run, as far as this system tells. */
function groupOf({ pid = 0 }: ChildProcess): number[] {
  if (!existsSync("/proc/self/stat")) return [];
  return readdirSync("/proc")
    .map(Number)
    .filter((each) => each > 0 && isRunning(each) && groupNumber(each) === pid);
}

function groupNumber(pid: number): number {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1);
    return Number(afterName?.split(" ")[2]);
  } catch {
    return 0; // it has just ended
  }
}

test("the demo passes on every store, in plain text, and leaves no process behind", { timeout: 240_000 }, async () => {
  const { child, ended } = demo("--store", "all");
  const { code, lines, errors } = await ended;
  expect({ code, last: lines.at(-1), errors }, lines.join("\n")).toMatchObject({
    code: 0,
    last: "demo: 33 passed, 0 failed",
  });
  expect(lines.filter((line) => /^✓ .* \d+\.\d s$/.test(line))).toHaveLength(33);
  expect(lines.filter((line) => line.startsWith("on "))).toEqual(["on the embedded store", "on etcd", "on zookeeper"]);
  expect(lines.join("\n")).not.toContain("\u001b");
  expect(groupOf(child)).toEqual([]);
});

test("the demo needs no server unless it is asked for one", { timeout: 120_000 }, async () => {
  const { code, lines } = await demo().ended;
  expect({ code, last: lines.at(-1) }, lines.join("\n")).toEqual({ code: 0, last: "demo: 11 passed, 0 failed" });
});

test("an interrupted demo ends its workers", { timeout: 120_000 }, async () => {
  const { child, read, ended } = demo();
  for await (const line of read) if (line.startsWith("✓ the holder was killed")) break; // in the next step one worker is stopped
  await eventually("workers run", () => groupOf(child).length > 1);
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 130 });
  await eventually("they are gone", () => groupOf(child).length === 0);
});

test.each([["--store", "redis"], ["--stoer"], ["memory"]])(
  "%s %s is refused before anything is done",
  async (...args) => {
    const { code, lines, errors } = await demo(...args).ended;
    expect({ code, lines }).toEqual({ code: 64, lines: [] });
    expect(errors).toContain("usage: npm run demo");
    if (args[1] === "redis") expect(errors).toContain('there is no store "redis"');
  },
);

test("a step that fails is told with what was expected and seen, and the others go on", async () => {
  const lines: string[] = [];
  const passing = { title: "fine", perform: async () => ({ held: "all was fine", tookMs: 1_250 }) };
  const failing = (title: string, fail: () => void) => ({
    title,
    perform: async () => {
      fail();
      return passing.perform();
    },
  });
  const steps = [
    failing("counts", () => check(false, "one run", 2)),
    failing("breaks", () => {
      throw new TypeError("no such thing");
    }),
    passing,
  ];
  const code = await report(steps, { write: (line) => void lines.push(line), colors: false });
  expect(code).toBe(1);
  expect(lines.slice(0, 4)).toEqual(["✗ counts", "    expected: one run", "    seen:     2", "✗ breaks"]);
  expect(lines[5]).toContain("TypeError: no such thing");
  expect(lines.at(-2)).toMatch(/^✓ all was fine +1\.3 s$/);
  expect(lines.at(-1)).toBe("demo: 1 passed, 2 failed");
});

test("only if all steps held the exit code is 0, and colours are for terminals", async () => {
  const lines: string[] = [];
  const steps = [{ title: "fine", perform: async () => ({ held: "all was fine", tookMs: 0 }) }];
  expect(await report(steps, { write: (line) => void lines.push(line), colors: true })).toBe(0);
  expect(lines[0]).toContain("\u001b[32m✓\u001b[39m");
});

test("a check that holds says nothing", () => {
  expect(() => check(true, "one run", 1)).not.toThrow();
  expect(() => check(false, "one run", 2)).toThrow(CheckFailed);
});

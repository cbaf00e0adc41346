import { expect, inject, test } from "vitest";
import { jsonLines } from "./running.ts";
import { Scene } from "./scene.ts";

/** Nobody listens there. */
const nowhere = "etcd://127.0.0.1:1";

const play = (what: string, body: (scene: Scene) => Promise<void>) =>
  test.concurrent(what, async () => {
    await using scene = new Scene();
    await body(scene);
  });

const misuses: readonly (readonly [args: string[], says: RegExp])[] = [
  [[], /Usage: coord/],
  [["lokc", "x", "--", "true"], /Did you mean lock/],
  [["lock", "x", "--wiat", "3s", "--", "true"], /Did you mean --wait/],
  [["lock", "x"], /missing required argument 'command'/],
  [["lock", "x", "--wait", "30", "--", "true"], /500ms, 30s, 2m, 1h/],
  [["lock", "x", "--permits", "0", "--", "true"], /whole number from 1 on/],
  [["lock", "x", "--grace", "9s", "--ttl", "10s", "--", "true"], /--ttl 36s/],
  [["elect", "x"], /a command after --, or --listen/],
  [["elect", "x", "--listen", "--", "true"], /a command after --, or --listen/],
  [["barrier", "enter", "x"], /--parties/],
  [["barrier", "enter", "x", "--parties", "2", "--wait", "0"], /It takes a moment: give more than 0/],
  [["config", "set", "x", "{rate: 1}"], /The document is no JSON: .+/],
  [["config", "set", "x", "[1]"], /The document must be an object: \{"name": value\}\./],
  [["register", "x", "--metadata", "[1]", "--", "true"], /It is a JSON object: \{"name": "value"\}\./],
  [["status"], /Where is the store\? Set COORD_URL, or give --url: file:/],
  [["status", "--url", "memory:x"], /inside of one process.*file:/],
  [["status", "--url", "redis://x"], /file:, etcd:, etcds:, zk:, zks:/],
  [["status", "--url", "etcd://"], /names no server/],
];

test.concurrent.each(misuses)("coord %j is refused with 64, and says how it is right", async (args, says) => {
  await using scene = new Scene();
  const { code, stdout, stderr } = await scene.coord(args).ended;
  expect({ code, stdout }, stderr).toEqual({ code: 64, stdout: "" });
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/^\s+at /m);
});

play("with --json an error is a line of JSON, also one of usage", async (scene) => {
  const { code, stderr } = await scene.coord(["lock", "x", "--wiat", "3s", "--json", "--", "true"]).ended;
  expect(code).toBe(64);
  expect(jsonLines(stderr)).toMatchObject([
    { event: "failed", message: expect.stringContaining("--wiat"), exitCode: 64 },
  ]);
});

play("a store that is out of reach is 69, and the message names it", async (scene) => {
  const args = ["lock", "x", "--url", nowhere, "--timeout", "300ms"];
  const [told, json] = await Promise.all([
    scene.coord([...args, "--", "echo", "ran"]).ended,
    scene.coord([...args, "--json", "--", "echo", "ran"]).ended,
  ]);
  expect(told).toMatchObject({ code: 69, stdout: "" });
  expect(told.stderr).toContain("127.0.0.1:1");
  expect(json).toMatchObject({ code: 69, stdout: "" });
  expect(jsonLines(json.stderr).at(-1)).toMatchObject({ event: "failed", code: "UNAVAILABLE", exitCode: 69 });
});

play("doctor finds the endpoint that nobody listens at, says what to do, and ends with 69", async (scene) => {
  const { code, stdout } = await scene.coord(["doctor", "--url", nowhere, "--timeout", "300ms", "--json"]).ended;
  expect(code).toBe(69);
  const { ok, checks } = JSON.parse(stdout);
  expect(ok).toBe(false);
  expect(checks[0]).toMatchObject({ check: `endpoint ${nowhere}`, ok: false, detail: "ECONNREFUSED" });
  expect(checks[0].advice).toContain("does the server run");
  expect(checks[1]).toMatchObject({ check: "session", ok: false });
});

play("a password in the URL is never shown", async (scene) => {
  const url = "etcd://me:hunter2@127.0.0.1:1";
  for (const args of [["status"], ["doctor"], ["lock", "x", "--", "true"]]) {
    const { stdout, stderr } = await scene.coord([...args, "--url", url, "--timeout", "300ms", "-v"]).ended;
    expect(stdout + stderr).not.toContain("hunter2");
  }
});

play("every command has help with examples that begin with coord", async (scene) => {
  const { stdout } = await scene.coord(["--help"]).ended;
  const [, list = ""] = /Commands:\n([\s\S]*?)\n\n/.exec(stdout) ?? [];
  const commands = [...list.matchAll(/^ {2}(\w+)/gm)].flatMap(([, name = ""]) => (name === "help" ? [] : [name]));
  expect(commands.length).toBeGreaterThan(7);
  const helps = await Promise.all(commands.map((name) => scene.coord([name, "--help"]).ended));
  for (const [at, { code, stdout: help }] of helps.entries()) {
    expect(code, commands[at]).toBe(0);
    expect(help, commands[at]).toMatch(/Examples:\n( {2}# .+\n {2}\$ .*\bcoord \w.*\n)+/);
  }
});

/** By processor time, which a busy machine doesn't stretch as it does the hours: where nothing else runs it is the time. */
play("it is ready in less than 300 ms: nothing is loaded that the command doesn't need", async (scene) => {
  const took: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    const script = '"$@" > /dev/null; times';
    const { stdout } = await scene.run("sh", ["-c", script, "sh", process.execPath, inject("coord"), "--help"]).ended;
    const ofChildren = stdout.trimEnd().split("\n").at(-1) ?? "";
    const seconds = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60 + Number(s));
    took.push(seconds.reduce((sum, each) => sum + each, 0) * 1_000);
  }
  expect(Math.min(...took)).toBeGreaterThan(0);
  expect(Math.min(...took)).toBeLessThan(300);
});

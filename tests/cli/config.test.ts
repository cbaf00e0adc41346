import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { jsonLines } from "./running.ts";
import { Scene } from "./scene.ts";
import { kinds, Stage } from "./stage.ts";

describe.each(kinds)("coord config on $name", (kind) => {
  if (kind.missing) return test.skip("needs the server");
  const stage = Stage.on(kind);

  test("reads, writes, compares, goes back, and watches", async () => {
    await using scene = new Scene(stage.url);
    const config = (...args: string[]) => scene.coord(["config", ...args]);
    expect(await config("get", "billing").ended).toMatchObject({ code: 1, stdout: "" });
    const set = (value: object, ...args: string[]) =>
      scene.ask("config", "set", "billing", JSON.stringify(value), ...args);
    expect(await set({ limit: 10, db: { url: "a" } }, "--if-version", "0")).toEqual({ name: "billing", version: 1 });
    const watching = config("watch", "billing", "limit", "--json");
    await watching.shows('"value":10');
    expect(await set({ limit: 20, db: { url: "a" } }, "--author", "ada", "-m", "sale")).toMatchObject({ version: 2 });
    const late = await config("set", "billing", "{}", "--if-version", "1", "--json").ended;
    expect(late.code).toBe(1);
    expect(jsonLines(late.stderr).at(-1)).toMatchObject({ event: "failed", code: "CONFLICT", exitCode: 1 });
    expect(await config("get", "billing", "db.url").ended).toMatchObject({ code: 0, stdout: "a\n" });
    expect(await scene.ask("config", "get", "billing")).toMatchObject({
      version: 2,
      value: { limit: 20, db: { url: "a" } },
    });
    const diff = await config("diff", "billing").ended;
    expect(diff).toMatchObject({ code: 1, stdout: "- limit: 10\n+ limit: 20\n" });
    expect(await scene.ask("config", "rollback", "billing", "1")).toEqual({ name: "billing", version: 3, from: 1 });
    expect(await config("diff", "billing", "1", "3").ended).toMatchObject({ code: 0 });
    const unknown = await config("diff", "billing", "1", "9").ended;
    expect(unknown.code).toBe(64);
    expect(unknown.stderr).toContain("Version 9 is not kept; there are 3, 2, 1.");
    const history = await scene.ask<object[]>("config", "history", "billing", "--limit", "2");
    expect(history).toMatchObject([
      { version: 3 },
      { version: 2, author: "ada", message: "sale", value: { limit: 20 } },
    ]);
    watching.kill("SIGINT");
    expect(await watching.ended).toMatchObject({ code: 130 });
    const seen = jsonLines(watching.stdout).map(({ value }) => value);
    expect(seen.filter((value, at) => value !== seen[at - 1])).toEqual(seen);
    expect(seen.at(-1)).toBe(10);
  });

  test("standard input and an editor are ways to write, and nonsense is refused", async () => {
    await using scene = new Scene(stage.url);
    await using folder = await TemporaryFolder.create("coord-cli");
    const piped = scene.coord(["config", "set", "edited", "-", "--json"]);
    piped.type('{"limit":1}');
    piped.endInput();
    expect(await piped.ended).toMatchObject({ code: 0, stdout: '{"name":"edited","version":1}\n' });
    const editor = async (body: string) => {
      const file = join(folder.path, `editor-${body.length}`);
      await writeFile(file, `#!/bin/sh\n${body}\n`);
      await chmod(file, 0o755);
      return scene.coord(["config", "edit", "edited", "--json"], { EDITOR: file, VISUAL: "" }).ended;
    };
    expect(JSON.parse((await editor("true")).stdout)).toEqual({ name: "edited", version: 1, changed: false });
    const changed = await editor('sed -i s/1/2/ "$1"');
    expect(JSON.parse(changed.stdout)).toEqual({ name: "edited", version: 2, changed: true });
    expect(await editor('echo nonsense > "$1"')).toMatchObject({ code: 64, stdout: "" });
    expect(await editor("exit 1")).toMatchObject({ code: 64, stdout: "" });
    expect(await scene.ask("config", "get", "edited")).toMatchObject({ version: 2, value: { limit: 2 } });
  });
});

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { isRunning } from "../testbed/process-table.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { childrenOf } from "./beats.ts";
import { LockScene, quick } from "./lock-scene.ts";
import { soon } from "./running.ts";
import { playing } from "./scene.ts";
import { file, Stage } from "./stage.ts";

const preloading = (program: string) => ({
  NODE_OPTIONS: `--import=${new URL(`programs/${program}`, import.meta.url)}`,
});

/** Watchdogs don't know of stores: one is enough. */
describe("under a watchdog", () => {
  const stage = Stage.on(file);
  const play = playing(() => new LockScene(stage));

  play("a command whose coord is killed before it hears that it was started is ended all the same", async (scene) => {
    await using folder = await TemporaryFolder.create("coord-watchdog");
    const sign = join(folder.path, "begun");
    const env = { ...preloading("telling-late.mjs"), COORD_TEST_SIGN: sign };
    const stubborn = ["sh", "-c", `trap "" TERM; echo $$ > ${sign}.new; mv ${sign}.new ${sign}; exec sleep 60`];
    const holder = scene.coord(["lock", "untold", ...quick, "--", ...stubborn], env);
    await soon("the command to begin", () => existsSync(sign));
    const { letIn } = await scene.follower("untold");
    holder.kill("SIGKILL");
    await letIn;
    expect(isRunning(Number(readFileSync(sign, "utf8")))).toBe(false);
  });

  play(
    "a watchdog that is killed before it told what it started: the command may run, and that is said",
    async (scene) => {
      const holder = scene.coord(["lock", "silent", "--", "true"], preloading("never-telling.mjs"));
      const { code, stderr } = await holder.ended;
      expect(code, stderr).toBe(70);
      expect(stderr).toContain("may run");
    },
  );

  play("a watchdog that is killed while its coord waits: nothing was started, and that is said", async (scene) => {
    const ahead = await scene.mutex("unwatched").acquire();
    const holder = scene.lock("unwatched", "--", "echo", "ran");
    await scene.waits("unwatched");
    const [watchdog = 0] = childrenOf(holder.pid);
    process.kill(watchdog, "SIGKILL");
    await soon("it to be gone", () => !isRunning(watchdog));
    await ahead.release();
    expect(await holder.ended).toMatchObject({
      code: 70,
      stdout: "",
      stderr: expect.stringContaining("before there was a command to watch, which was not started"),
    });
  });
});

import { Semaphore } from "@coord/lock";
import { describe, expect, test } from "vitest";
import { isRunning } from "../testbed/process-table.ts";
import { machineMs, parentOf } from "./beats.ts";
import { LockScene, quick } from "./lock-scene.ts";
import { jsonLines, soon } from "./running.ts";
import { playing } from "./scene.ts";
import { kinds, Stage, servers } from "./stage.ts";

describe.each(kinds)("coord lock on $name", (kind) => {
  if (kind.missing) return test.skip("needs the server");
  const stage = Stage.on(kind);
  const play = playing(() => new LockScene(stage));

  play("runs the command without a shell, tells it name and token, and ends with its code", async (scene) => {
    const script = 'read -r line; echo "$COORD_LOCK_NAME/$COORD_FENCING_TOKEN/$1/$line"; exit 3';
    const running = scene.lock("plain/name", "--json", "--", "sh", "-c", script, "sh", "$HOME; *");
    running.type("typed\n");
    const { code, stdout, stderr } = await running.ended;
    expect(code, stderr).toBe(3);
    expect(stdout).toMatch(/^plain\/name\/\d+\/\$HOME; \*\/typed\n$/);
    const [acquired, ended] = jsonLines(stderr);
    expect(acquired).toMatchObject({ event: "acquired", name: "plain/name", fencingToken: stdout.split("/")[2] });
    expect(ended).toEqual({ event: "ended", name: "plain/name", exitCode: 3 });
    expect(await scene.free("plain/name")).toBe(true);
  });

  play("of two at once the second begins when the first has ended, with a higher token", async (scene) => {
    const [first, second] = [await scene.beats(), await scene.beats()];
    const holder = scene.lock("two", "--", ...first.command());
    await first.begun();
    const waiter = scene.lock("two", "--", ...second.command());
    await scene.waits("two");
    expect(second.all).toEqual([]);
    holder.kill("SIGTERM");
    expect(await holder.ended).toMatchObject({ code: 143 });
    const [last, next] = [await first.over(), await second.begun()];
    expect(last.atMs).toBeLessThan(next.atMs);
    expect(BigInt(last.token)).toBeLessThan(BigInt(next.token));
    waiter.kill("SIGINT");
    expect(await waiter.ended).toMatchObject({ code: 130 });
  });

  play("who waited long enough ends with 75, runs nothing and leaves nothing", async (scene) => {
    const hold = await scene.mutex("late").acquire();
    const waiting = ["0", "300ms"].map((wait) => scene.lock("late", "--wait", wait, "--", "echo", "ran").ended);
    for (const { code, stdout, stderr } of await Promise.all(waiting)) {
      expect({ code, stdout }, stderr).toEqual({ code: 75, stdout: "" });
      expect(stderr).toContain('"late"');
    }
    expect((await scene.mutex("late").inspect()).waiters).toEqual([]);
    await hold.release();
  });

  play("a signal while it waits ends it, runs nothing and leaves nothing", async (scene) => {
    const hold = await scene.mutex("cancelled").acquire();
    const waiter = scene.lock("cancelled", "--", "echo", "ran");
    await scene.waits("cancelled");
    waiter.kill("SIGTERM");
    expect(await waiter.ended).toMatchObject({ code: 143, stdout: "" });
    expect((await scene.mutex("cancelled").inspect()).waiters).toEqual([]);
    await hold.release();
  });

  play("every signal reaches all of the command's processes", async (scene) => {
    const beats = await scene.beats();
    const holder = scene.lock("signals", "--", ...beats.command("family"));
    await Promise.all([beats.begun(), beats.begun("grandchild")]);
    for (const signal of ["SIGUSR1", "SIGUSR2", "SIGHUP", "SIGWINCH", "SIGALRM"] as const) {
      holder.kill(signal);
      await soon(`${signal} reaches both`, () => {
        const roles = beats.all.filter(({ what }) => what === signal).map(({ role }) => role);
        return new Set(roles).size === 2;
      });
    }
    holder.kill("SIGINT");
    expect(await holder.ended).toMatchObject({ code: 130 });
    await beats.over();
  });

  play("a command that is killed frees the lock at once", async (scene) => {
    const beats = await scene.beats();
    const holder = scene.lock("killed", "--", ...beats.command());
    process.kill((await beats.begun()).pid, "SIGKILL");
    expect(await holder.ended).toMatchObject({ code: 137 });
    expect(await scene.free("killed")).toBe(true);
  });

  play("a stderr that nobody reads any more is no reason to end the command, or to keep the lock", async (scene) => {
    const ahead = await scene.mutex("unread").acquire();
    const holder = scene.lock("unread", "--json", "--", "sh", "-c", "sleep 0.3; echo done; exit 3");
    await scene.waits("unread");
    holder.ignoreErrors();
    await ahead.release();
    expect(await holder.ended).toMatchObject({ code: 3, stdout: "done\n" });
    expect(await scene.free("unread")).toBe(true);
  });

  play("a semaphore lets so many in, and the next when one of them ends", async (scene) => {
    const semaphore = new Semaphore(stage.client, "permits", { permits: 2 });
    const [held, gone] = [await semaphore.acquire(), await semaphore.acquire()];
    const beats = await scene.beats();
    const third = scene.lock("permits", "--permits", "2", "--", ...beats.command());
    await soon("the third waits", async () => (await semaphore.inspect()).waiters.length === 1);
    expect(beats.all).toEqual([]);
    await gone.release();
    await beats.begun();
    expect((await semaphore.inspect()).holders).toHaveLength(2);
    third.kill("SIGTERM");
    expect(await third.ended).toMatchObject({ code: 143 });
    await held.release();
  });

  play("keeps the lock --at-least so long, however early the command ends", async (scene) => {
    const holder = scene.lock("least", "--at-least", "2s", "--json", "--", "true");
    await holder.shows('"ended"');
    expect(await scene.free("least")).toBe(false);
    expect(await holder.ended).toMatchObject({ code: 0 });
    expect(await scene.free("least")).toBe(true);
  });

  play(
    "a signal while it keeps the lock for --at-least ends it as the signal does, and gives the lock back",
    async (scene) => {
      const holder = scene.lock("least/ended", "--at-least", "10m", "--json", "--", "true");
      await holder.shows('"ended"');
      holder.kill("SIGINT");
      expect(await holder.ended).toMatchObject({ code: 130 });
      expect(await scene.free("least/ended")).toBe(true);
    },
  );

  describe("when the lock can't be kept, the command is ended before another one begins", () => {
    play("coord itself is killed", async (scene) => {
      const beats = await scene.beats();
      const holder = scene.lock("gone", ...quick, "--", ...beats.command("family", "stubborn"));
      await Promise.all([beats.begun(), beats.begun("grandchild")]);
      const follower = await scene.follower("gone");
      holder.kill("SIGKILL");
      await scene.inOrder(beats, follower);
      expect(
        beats.all
          .filter(({ what }) => what === "TERM")
          .map(({ role }) => role)
          .sort(),
      ).toEqual(["child", "grandchild"]);
    });

    play("coord itself is stopped", async (scene) => {
      const beats = await scene.beats();
      const holder = scene.lock("stopped", ...quick, "--json", "--", ...beats.command("stubborn"));
      await beats.begun();
      const follower = await scene.follower("stopped");
      holder.kill("SIGSTOP");
      await scene.inOrder(beats, follower);
      expect(beats.all.some(({ what }) => what === "TERM")).toBe(true);
      holder.kill("SIGCONT");
      const { code, stderr } = await holder.ended;
      expect(code, stderr).toBe(74);
      expect(jsonLines(stderr).at(-1)).toMatchObject({ event: "failed", exitCode: 74 });
    });

    play("its watchdog is killed", async (scene) => {
      const beats = await scene.beats();
      const holder = scene.lock("unwatched", ...quick, "--", ...beats.command("stubborn"));
      const { pid } = await beats.begun();
      const follower = await scene.follower("unwatched");
      process.kill(parentOf(pid), "SIGKILL");
      const { code, stderr } = await holder.ended;
      expect({ code, running: isRunning(pid) }, stderr).toEqual({ code: 70, running: false });
      await scene.inOrder(beats, follower);
    });
  });

  if (servers.includes(kind)) {
    play("the store is out of reach, and the command doesn't obey TERM", async (scene) => {
      const { url, proxy } = await stage.way();
      const beats = await scene.beats();
      const holder = scene.coord(["lock", "cut", ...quick, "--", ...beats.command("family", "stubborn")], {
        COORD_URL: url,
      });
      await Promise.all([beats.begun(), beats.begun("grandchild")]);
      const follower = await scene.follower("cut");
      proxy.stall("both");
      await scene.inOrder(beats, follower);
      const { code, stderr } = await holder.ended;
      expect(code, stderr).toBe(74);
      expect(stderr).toContain("cut");
      const term = beats.all.find(({ what }) => what === "TERM");
      expect((await beats.over()).atMs - (term?.atMs ?? 0)).toBeGreaterThan(150); // most of the grace
    });

    play("a signal while the store is out of reach and should take the lock back ends coord soon", async (scene) => {
      const { url, proxy } = await stage.way();
      const line = ["--json", "--", "sh", "-c", "read -r _; exit 3"];
      const holder = scene.coord(["lock", "unreturned", ...line], { COORD_URL: url });
      await holder.shows('"acquired"');
      proxy.stall("both");
      holder.type("\n");
      await holder.shows('"ended"');
      const askedMs = machineMs();
      holder.kill("SIGINT");
      expect(await holder.ended).toMatchObject({ code: 130 });
      expect(machineMs() - askedMs).toBeLessThan(10_000); // of a session that lasts 13 s
    });

    play("the way to the store comes back in time, but after TERM: it has been told to end", async (scene) => {
      const { url, proxy } = await stage.way();
      const beats = await scene.beats();
      const patient = ["--ttl", "4s", "--grace", "1s"];
      const holder = scene.coord(["lock", "back", ...patient, "--", ...beats.command("stubborn")], { COORD_URL: url });
      await beats.begun();
      proxy.stall("both");
      await soon("TERM", () => beats.all.some(({ what }) => what === "TERM"));
      proxy.heal();
      expect(await holder.ended).toMatchObject({ code: 74 });
      await beats.over();
    });
  }

  play("a session that an operator ends: the command gets TERM at once", async (scene) => {
    const beats = await scene.beats();
    const holder = scene.lock("revoked", "--json", "--", ...beats.command());
    await beats.begun();
    const acquired = jsonLines(holder.stderr).find(({ event }) => event === "acquired");
    await stage.expire(String(acquired?.session));
    const { code, stderr } = await holder.ended;
    expect(code, stderr).toBe(74);
    expect(jsonLines(stderr).at(-1)).toMatchObject({ event: "failed", code: "LOCK_LOST", exitCode: 74 });
    await beats.over();
  });
});

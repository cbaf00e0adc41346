import { CountDownLatch } from "@coord/barrier";
import { Election } from "@coord/election";
import { Mutex, ReadWriteLock, Semaphore } from "@coord/lock";
import { describe, expect, test } from "vitest";
import { machineMs } from "./beats.ts";
import { jsonLines, soon } from "./running.ts";
import { playing, Scene } from "./scene.ts";
import { kinds, Stage, servers } from "./stage.ts";

describe.each(kinds)("on $name", (kind) => {
  if (kind.missing) return test.skip("needs the server");
  const stage = Stage.on(kind);
  const play = playing(() => new Scene(stage.url));

  play("coord elect runs the command while leading, another one follows, and --listen tells of both", async (scene) => {
    const listener = scene.coord(["elect", "scheduler", "--listen", "--json"]);
    await listener.shows('{"id":null}');
    const [first, second] = [await scene.beats(), await scene.beats()];
    const elect = (id: string, command: string[]) =>
      scene.coord(["elect", "scheduler", "--id", id, "--data", '{"port":80}', "--", ...command]);
    const leader = elect("a", first.command());
    const { token } = await first.begun();
    const election = new Election(stage.client, "scheduler");
    expect(await election.leader()).toEqual({ id: "a", data: { port: 80 }, term: BigInt(token) });
    const follower = elect("b", second.command());
    await soon("b to stand", async () => (await election.candidates()).length === 2);
    expect(second.all).toEqual([]);
    leader.kill("SIGTERM");
    expect(await leader.ended).toMatchObject({ code: 143 });
    const [last, next] = [await first.over(), await second.begun()];
    expect(last.atMs).toBeLessThan(next.atMs);
    await listener.shows('"id":"b"');
    follower.kill("SIGTERM");
    await follower.ended;
    listener.kill("SIGINT");
    expect(await listener.ended).toMatchObject({ code: 130 });
    const told = jsonLines(listener.stdout).filter(({ id, stale }) => id !== null && !stale);
    expect(told.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(told[0]).toEqual({ id: "a", data: { port: 80 }, term: token, stale: false });
  });

  if (servers.includes(kind)) {
    play("coord elect ends with 74 when the leadership is lost, and with --rejoin leads again", async (scene) => {
      const { url, proxy } = await stage.way();
      const [plain, rejoining] = [await scene.beats(), await scene.beats()];
      const quick = ["--ttl", "4s", "--grace", "500ms"];
      const elect = (name: string, args: string[]) =>
        scene.coord(["elect", name, ...quick, ...args], { COORD_URL: url });
      const once = elect("once", ["--", ...plain.command()]);
      const again = elect("again", ["--rejoin", "--", ...rejoining.command()]);
      const before = await rejoining.begun();
      await plain.begun();
      proxy.stall("both");
      expect(await once.ended).toMatchObject({ code: 74 });
      proxy.heal();
      const after = await soon("the next term", () => rejoining.all.find(({ pid }) => pid !== before.pid) ?? false);
      expect(BigInt(after.token)).toBeGreaterThan(BigInt(before.token));
      again.kill("SIGTERM");
      expect(await again.ended).toMatchObject({ code: 143 });
    });

    play(
      "of several coord elect --wait 0 at once one runs its command, and the others none, not after it either",
      async (scene) => {
        const { url, proxy } = await stage.way();
        proxy.delay(500); // so that each would find that nobody leads, if it looked first
        const election = new Election(stage.client, "at-once");
        const line = ["--", "sh", "-c", "echo leads; read -r _"];
        const all = Array.from({ length: 3 }, () =>
          scene.coord(["elect", "at-once", "--wait", "0", ...line], { COORD_URL: url }),
        );
        let over = 0;
        for (const { ended } of all) void ended.then(() => (over += 1));
        const leader = await soon("a leader", () => all.find(({ stdout }) => stdout === "leads\n") ?? false);
        for (const other of all) if (other !== leader) other.endInput();
        await soon(
          "the others to be refused, or to wait",
          async () => over + (await election.candidates()).length >= 3,
        );
        leader.type("\n");
        const outcomes = await Promise.all(all.map(async ({ ended }) => (await ended).code));
        expect(outcomes.sort()).toEqual([0, 75, 75]);
        expect(all.map(({ stdout }) => stdout).join("")).toBe("leads\n");
      },
    );
  }

  play("coord barrier lets all parties pass, or none", async (scene) => {
    const side = (...args: string[]) => scene.coord(["barrier", ...args, "--parties", "2", "--json"]).ended;
    const entered = await Promise.all([side("enter", "load"), side("enter", "load")]);
    expect(entered.map(({ code }) => code)).toEqual([0, 0]);
    const answers = entered.map(({ stdout }) => JSON.parse(stdout));
    expect(answers.map(({ index }) => index).sort()).toEqual([0, 1]);
    expect(answers[0]).toMatchObject({ name: "load", side: "enter", parties: 2, generation: 0 });
    const { code, stderr } = await side("leave", "load", "--wait", "300ms");
    expect(code, stderr).toBe(75);
    expect(jsonLines(stderr).at(-1)).toMatchObject({ event: "failed", code: "TIMEOUT", exitCode: 75 });
  });

  play("coord latch opens when all have counted down, each once", async (scene) => {
    const latch = new CountDownLatch(stage.client, "migrations", { count: 2 });
    const waiter = scene.coord(["latch", "wait", "migrations", "--count", "2", "--wait", "40s"]);
    const down = (as: string) => scene.ask<object>("latch", "down", "migrations", "--count", "2", "--as", as);
    expect(await down("schema")).toEqual({ name: "migrations", count: 2, arrived: ["schema"], open: false });
    expect(await down("schema")).toMatchObject({ open: false });
    const wrong = scene.coord(["latch", "down", "migrations", "--count", "3", "--as", "x"]);
    expect(await wrong.ended).toMatchObject({ code: 64 });
    await latch.countDown("data");
    const { code, stdout } = await waiter.ended;
    expect(code).toBe(0);
    expect(stdout).toBe("open: 2 of 2 (schema, data)\n");
  });

  play("--wait 0 asks once: what is free is had, what is open is passed, and all else is 75", async (scene) => {
    const elect = () => scene.coord(["elect", "once-asked", "--wait", "0", "--", "echo", "leads"]).ended;
    expect(await elect()).toMatchObject({ code: 0, stdout: "leads\n" });
    const leadership = await new Election(stage.client, "once-asked", { id: "a" }).campaign();
    const why = expect.stringMatching(/Somebody else leads "once-asked", and --wait is 0\./);
    expect(await elect()).toMatchObject({ code: 75, stdout: "", stderr: why });
    await leadership.resign();
    const look = () => scene.coord(["latch", "wait", "once-asked-latch", "--count", "1", "--wait", "0"]).ended;
    const closed = expect.stringMatching(/The latch "once-asked-latch" is closed.*, and --wait is 0\./);
    expect(await look()).toMatchObject({ code: 75, stdout: "", stderr: closed });
    await new CountDownLatch(stage.client, "once-asked-latch", { count: 1 }).countDown("a");
    expect(await look()).toMatchObject({ code: 0, stdout: "open: 1 of 1 (a)\n" });
  });

  play("coord elect stands again with the time that is left when its session is lost", async (scene) => {
    const election = new Election(stage.client, "time-left");
    const leadership = await election.campaign();
    const candidate = scene.coord(["elect", "time-left", "--wait", "10s", "--json", "--", "echo", "ran"]);
    await soon("to stand", async () => (await election.candidates()).length === 2);
    const stoodMs = machineMs();
    await soon("half of its time to pass", () => machineMs() - stoodMs > 5_000);
    const lostMs = machineMs();
    const { entries } = await stage.client.store.list("time-left");
    const mine = entries.find(({ order }) => order !== leadership.term);
    await stage.expire(mine?.session ?? "");
    const { code, stdout, stderr } = await candidate.ended;
    expect({ code, stdout }, stderr).toEqual({ code: 75, stdout: "" });
    expect(jsonLines(stderr)).toMatchObject([{ event: "rejoins" }, { event: "failed", code: "TIMEOUT" }]);
    expect(machineMs() - lostMs).toBeLessThan(9_500); // of the 10 s that it would stand if they began anew
    await leadership.resign();
  });

  play("coord locks shows who holds and who waits, of every kind of lock", async (scene) => {
    const { client } = stage;
    const mutex = new Mutex(client, "shown/lock");
    const holds = [
      await mutex.acquire(),
      await new ReadWriteLock(client, "shown/rw").read.acquire(),
      await new Semaphore(client, "shown/permits", { permits: 3 }).acquire({ weight: 2 }),
    ];
    const waiting = new AbortController();
    const waiter = mutex.acquire({ signal: waiting.signal }).catch((reason) => reason);
    const names = ["shown/lock", "shown/rw", "shown/permits", "shown/free"];
    await soon("a waiter", async () => (await mutex.inspect()).waiters.length === 1);
    const shown = await scene.ask<{ holders: object[]; waiters: object[] }[]>("locks", ...names);
    const holder = (at: number) => ({ owner: client.owner, token: String(holds[at]?.fencingToken), pid: process.pid });
    expect(shown).toMatchObject([
      { name: "shown/lock", kind: "lock", holders: [holder(0)], waiters: [{ owner: client.owner }] },
      { name: "shown/rw", kind: "read-write lock", holders: [holder(1)], waiters: [] },
      { name: "shown/permits", kind: "semaphore", limit: 3, holders: [{ ...holder(2), weight: 2 }], waiters: [] },
      { name: "shown/free", kind: "free", holders: [], waiters: [] },
    ]);
    const { stdout } = await scene.coord(["locks", ...names]).ended;
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head?.split(/\s{2,}/)).toEqual(["NAME", "KIND", "HOLDER", "SINCE", "TOKEN", "WAITERS"]);
    expect(rows.map((row) => row.split(/\s{2,}/).slice(0, 3))).toEqual([
      ["shown/lock", "lock", client.owner],
      ["shown/rw", "read-write lock", client.owner],
      ["shown/permits", "semaphore of 3", client.owner],
      ["shown/free", "free", "-"],
    ]);
    const all = await scene.ask<{ name: string }[]>("locks");
    expect(all.filter(({ name }) => name.startsWith("shown/"))).toMatchObject(
      [shown[0], shown[2], shown[1]].map((each) => ({ ...each })),
    );
    waiting.abort("shown");
    await waiter;
    for (const hold of holds) await hold.release();
  });

  play("coord leaders shows who leads and who would be next", async (scene) => {
    const { client } = stage;
    const leadership = await new Election(client, "shown", { id: "a", data: "here" }).campaign();
    const cancelled = new AbortController();
    const next = new Election(client, "shown", { id: "b" }).campaign({ signal: cancelled.signal }).catch(() => {});
    await soon("b to stand", async () => (await new Election(client, "shown").candidates()).length === 2);
    expect(await scene.ask("leaders", "shown", "nobody")).toMatchObject([
      { name: "shown", leader: { id: "a", data: "here", term: String(leadership.term) }, next: [{ id: "b" }] },
      { name: "nobody", leader: null, next: [] },
    ]);
    const all = () => scene.ask<{ name: string }[]>("leaders");
    expect(await all()).toContainEqual((await scene.ask<object[]>("leaders", "shown"))[0]);
    cancelled.abort("shown");
    await next;
    await leadership.resign();
    expect((await all()).map(({ name }) => name)).not.toContain("shown");
  });

  play("coord copy copies, coord mirror keeps alike, and a difference is 1", async (scene) => {
    const { store } = stage.client;
    const value = (text: string) => new TextEncoder().encode(text);
    const to = ["--to", stage.url.replace(/cli$/, "other"), "--json"];
    await store.commit({ writes: [{ put: "settings/a", value: value("1") }] });
    const before = await scene.coord(["copy", "settings", "--dry-run", ...to]).ended;
    expect(before.code, before.stderr).toBe(1);
    expect(JSON.parse(before.stdout)).toMatchObject({ same: false, entries: 1, missing: ["settings/a"] });
    expect(await scene.ask("copy", "settings", ...to)).toMatchObject({
      same: true,
      entries: 1,
      missing: [],
      refused: [],
    });
    const mirror = scene.coord(["mirror", "settings", ...to]);
    await mirror.shows('"behind":0');
    await store.commit({ writes: [{ put: "settings/b", value: value("2") }] });
    await soon("the same in both", async () => {
      const { code, stdout } = await scene.coord(["copy", "settings", "--dry-run", ...to]).ended;
      return code === 0 && JSON.parse(stdout).entries === 2;
    });
    mirror.kill("SIGINT");
    expect(await mirror.ended).toMatchObject({ code: 130 });
    expect(jsonLines(mirror.stdout).at(-1)).toMatchObject({ directory: "settings", stale: false, refused: [] });
  });

  play("coord status and coord doctor tell what the store is and how it does", async (scene) => {
    const status = await scene.ask<{ endpoints: string[]; roundTrip: object }>("status", "--owner", "me");
    expect(status).toMatchObject({ store: expect.any(String), namespace: "cli", owner: "me", state: "connected" });
    expect(status).toMatchObject({ session: { ttlMs: 10_000 }, roundTrip: { samples: 10 } });
    const [endpoint = ""] = status.endpoints;
    const { code, stdout, stderr } = await scene.coord(["doctor", "--json"]).ended;
    const { ok, checks } = JSON.parse(stdout);
    expect({ code, stderr }).toEqual({ code: ok ? 0 : 1, stderr: "" });
    const found = (check: string) => checks.find((finding: { check: string }) => finding.check === check);
    expect(found("session")).toMatchObject({ ok: true });
    expect(found("lock")).toMatchObject({ ok: true });
    if (servers.includes(kind)) expect(found(`endpoint ${endpoint}`)).toMatchObject({ ok: true });
  });
});

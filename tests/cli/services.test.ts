import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { Discovery } from "@coord/discovery";
import { describe, expect, inject, test } from "vitest";
import { machineMs } from "./beats.ts";
import { jsonLines, soon } from "./running.ts";
import { playing, Scene } from "./scene.ts";
import { kinds, Stage, servers } from "./stage.ts";

const preloaded = fileURLToPath(new URL("programs/ended-while-loading.mjs", import.meta.url));

describe.each(kinds)("services on $name", (kind) => {
  if (kind.missing) return test.skip("needs the server");
  const stage = Stage.on(kind);
  const play = playing(() => new Scene(stage.url));

  play("a command is registered while it runs, drained before it is told to end, and then gone", async (scene) => {
    const watcher = scene.coord(["resolve", "orders", "--watch", "--json", "--all"]);
    const beats = await scene.beats();
    const args = ["--port", "8080", "--address", "10.0.0.7", "--zone", "a", "--drain", "1s", "--metadata", '{"b":1}'];
    const service = scene.coord(["register", "orders", ...args, "--", ...beats.command()]);
    await beats.begun();
    await using orders = new Discovery(stage.client).service("orders");
    const view = await orders.ready({ waitMs: 40_000 });
    expect(view.instances).toMatchObject([{ id: "10.0.0.7:8080", zone: "a", metadata: { b: 1 }, status: "passing" }]);
    const found = await scene.coord(["resolve", "orders"]).ended;
    expect(found).toMatchObject({ code: 0, stdout: "10.0.0.7:8080\n" });
    expect(await scene.ask("services", "orders", "none")).toMatchObject([
      { name: "orders", instances: [{ id: "10.0.0.7:8080", status: "passing" }] },
      { name: "none", instances: [] },
    ]);
    const all = await scene.ask<{ name: string }[]>("services");
    expect(all.find(({ name }) => name === "orders")).toMatchObject({ instances: [{ id: "10.0.0.7:8080" }] });
    service.kill("SIGTERM");
    expect(await service.ended).toMatchObject({ code: 143 });
    await soon("an empty view", () => orders.current?.instances.length === 0);
    await watcher.shows('"draining"');
    watcher.kill("SIGINT");
    expect(await watcher.ended).toMatchObject({ code: 130 });
    const seen = jsonLines(watcher.stdout) as { instances: { status: string }[] }[];
    const statuses = seen.flatMap(({ instances }) => instances.map(({ status }) => status));
    expect(statuses.indexOf("draining")).toBeGreaterThan(statuses.indexOf("passing"));
    expect(await scene.coord(["resolve", "orders"]).ended).toMatchObject({ code: 1, stdout: "" });
  });

  play("a command isn't started once the end was asked for", async (scene) => {
    const coord = ["--import", preloaded, inject("coord")];
    const service = scene.run(process.execPath, [...coord, "register", "late", "--port", "80", "--", "echo", "ran"]);
    expect(await service.ended).toMatchObject({ code: 143, stdout: "" });
    expect(await new Discovery(stage.client).services()).not.toContain("late");
  });

  play("--check decides the status, and a command that ends by itself takes the instance with it", async (scene) => {
    let answer = 503;
    const server = createServer((_, response) => void response.writeHead(answer).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const check = ["--check", `http://127.0.0.1:${port}/health`, "--check-every", "100ms"];
      const script = "read -r _; exit 3";
      const service = scene.coord(["register", "checked", "--port", "80", ...check, "--", "sh", "-c", script]);
      await using checked = new Discovery(stage.client).service("checked");
      await soon("critical", () => checked.current?.instances[0]?.status === "critical");
      answer = 200;
      await soon("passing", () => checked.current?.instances[0]?.status === "passing");
      service.type("\n");
      expect(await service.ended).toMatchObject({ code: 3 });
      await soon("an empty view", () => checked.current?.instances.length === 0);
    } finally {
      server.close();
    }
  });

  if (servers.includes(kind)) {
    play(
      "a signal while the store is out of reach and should take the instance away ends coord soon",
      async (scene) => {
        const { url, proxy } = await stage.way();
        const line = ["--port", "80", "--json", "--", "sh", "-c", "read -r _; exit 3"];
        const service = scene.coord(["register", "unreturned", ...line], { COORD_URL: url });
        await service.shows('"registered"');
        proxy.stall("both");
        service.type("\n");
        await service.shows('"ended"');
        const askedMs = machineMs();
        service.kill("SIGINT");
        expect(await service.ended).toMatchObject({ code: 130 });
        expect(machineMs() - askedMs).toBeLessThan(10_000); // of a session that lasts 13 s
      },
    );
  }
});

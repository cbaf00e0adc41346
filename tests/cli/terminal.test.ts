import { Mutex } from "@coord/lock";
import { describe, expect, inject, test } from "vitest";
import { isRunning } from "../testbed/process-table.ts";
import { stateOf } from "./beats.ts";
import { soon } from "./running.ts";
import { Scene } from "./scene.ts";
import { kinds, Stage } from "./stage.ts";
import { TerminalSession } from "./terminal.ts";

/** Terminals don't know of stores: one is enough. */
describe.each(kinds.slice(0, 1))("at a terminal, on $name", (kind) => {
  if (kind.missing) return test.skip("needs the server");
  const stage = Stage.on(kind);

  const play = (what: string, body: (terminal: TerminalSession, scene: Scene) => Promise<void>) =>
    test.concurrent(what, async () => {
      await using scene = new Scene(stage.url);
      const terminal = await TerminalSession.open(scene);
      terminal.type(`coord() { "${process.execPath}" "${inject("coord")}" "$@"; }\n`);
      await terminal.sees("ready> ");
      await body(terminal, scene);
    });

  play("the command reads what is typed, knows that it is at a terminal, and Ctrl-C reaches it", async (terminal) => {
    terminal.type(
      "coord lock typed -- sh -c 'test -t 0 && test -t 1 && read -r line && echo \"got $line\"; exec sleep 60'\n",
    );
    terminal.type("words\n");
    await terminal.sees("got words");
    terminal.type("\u0003");
    await terminal.sees("ready> ");
    terminal.type("echo code $?\n");
    await terminal.sees("code 130");
  });

  play("Ctrl-Z stops the command with coord, and fg continues both", async (terminal, scene) => {
    const beats = await scene.beats();
    terminal.type(`coord lock stopped --ttl 60s -- ${beats.command().join(" ")}\n`);
    const { pid } = await beats.begun();
    terminal.type("\u001a");
    await terminal.sees("Stopped");
    await soon("the command to be stopped", () => stateOf(pid) === "T");
    const before = beats.all.length;
    terminal.type("fg\n");
    await soon("the command to go on", () => beats.all.length > before);
    terminal.type("\u0003");
    await terminal.sees("ready> ");
    await beats.over();
  });

  play("what was stopped for too long is ended, and the lock passes on", async (terminal, scene) => {
    const beats = await scene.beats();
    terminal.type(`coord lock slept --ttl 4s --grace 500ms -- ${beats.command("stubborn").join(" ")}\n`);
    const { pid, token } = await beats.begun();
    terminal.type("\u001a");
    await terminal.sees("Stopped");
    const hold = await new Mutex(stage.client, "slept").acquire({ waitMs: 40_000 });
    expect(isRunning(pid)).toBe(false);
    expect(hold.fencingToken).toBeGreaterThan(BigInt(token));
    terminal.type("fg\n");
    await terminal.sees("is lost");
    await terminal.sees("ready> ");
    terminal.type("echo code $?\n");
    await terminal.sees("code 74");
    await hold.release();
  });

  play("a terminal that goes away ends the command", async (terminal, scene) => {
    const beats = await scene.beats();
    terminal.type(`exec "${process.execPath}" "${inject("coord")}" lock hung -- ${beats.command().join(" ")}\n`);
    const { pid } = await beats.begun();
    await terminal.hangUp();
    await soon("SIGHUP", () => beats.all.some(({ what }) => what === "SIGHUP"));
    process.kill(pid, "SIGTERM");
    await beats.over();
    await soon("the lock to be free", async () => (await new Mutex(stage.client, "hung").inspect()).holder === null);
  });

  play("coord's own words are in colour at a terminal, unless NO_COLOR says otherwise", async (terminal) => {
    const bold = "\u001b[1m";
    terminal.type("coord locks nothing; echo done $?\n");
    await terminal.sees("done $?"); // as it was typed
    expect(await terminal.sees("done 0")).toContain(`${bold}NAME`);
    terminal.type("NO_COLOR=1 coord locks nothing; echo plain $?\n");
    await terminal.sees("plain $?");
    expect(await terminal.sees("plain 0")).not.toContain("\u001b[1m");
  });
});

import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import type { Coord } from "@coord/core";
import { spell } from "./duration.ts";
import { measure } from "./round-trips.ts";

/** What one check found. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do, where something is wrong. */
  readonly advice?: string | undefined;
}

/** Whether anybody listens at the address at all. */
export async function reaches(endpoint: string, withinMs: number): Promise<Finding> {
  const [, host = "", port = ""] = /^(?:[a-z]+:\/\/)?\[?([^\]]+?)\]?:(\d+)$/i.exec(endpoint) ?? [];
  const check = `endpoint ${endpoint}`;
  const sentMs = performance.now();
  const failure = await failureOf(host, Number(port), withinMs);
  const tookMs = Math.round((performance.now() - sentMs) * 10) / 10;
  if (!failure) return { check, ok: true, detail: `accepts connections, after ${tookMs} ms` };
  return { check, ok: false, detail: failure, advice: adviceOn(failure) };
}

function failureOf(host: string, port: number, withinMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: withinMs });
    const settle = (failure?: string) => {
      socket.destroy();
      resolve(failure);
    };
    socket.once("connect", () => settle());
    socket.once("timeout", () => settle(`no answer within ${spell(withinMs)}`));
    socket.once("error", (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}

function adviceOn(failure: string): string {
  if (failure === "ECONNREFUSED") return "Nobody listens there: does the server run, and is the port right?";
  if (failure === "ENOTFOUND" || failure === "EAI_AGAIN")
    return "The name has no address: check its spelling and the DNS.";
  return "A firewall may drop the packets, or the host is down: check the address and the way to it.";
}

/** Whether the store grants the session that was asked for. */
export function grants(coord: Coord): Finding {
  const { session, store } = coord.status();
  const detail = session ? `${store} granted a session of ${spell(session.ttlMs)}` : "the session was lost again";
  return {
    check: "session",
    ok: session !== null,
    detail,
    advice: "The way to the store breaks: try again, and look at its logs.",
  };
}

/** Whether it answers fast enough for heartbeats to come in time. */
export async function latency(coord: Coord, signal: AbortSignal): Promise<Finding> {
  const { medianMs, worstMs, samples } = await measure(coord, 20, signal);
  const ttlMs = coord.status().session?.ttlMs ?? 0;
  return {
    check: "round trip",
    ok: worstMs < ttlMs / 20,
    detail: `${medianMs} ms, ${worstMs} ms at worst of ${samples}`,
    advice:
      "That is much beside the session's length: heartbeats may be late, and holds be lost. Look for load on the servers' disks and on the network, or give a longer ttl.",
  };
}

/** Whether the rights suffice to write below the namespace. */
export async function takesLocks(coord: Coord, signal: AbortSignal): Promise<Finding> {
  const { Mutex } = await import("@coord/lock");
  const name = `coord-doctor/${randomUUID()}`;
  try {
    const hold = await new Mutex(coord, name).acquire({ signal, waitMs: 5_000 });
    const back = await hold.release();
    return {
      check: "lock",
      ok: back === "released",
      detail: `taken with token ${hold.fencingToken}, and given back`,
      advice: "The session was lost meanwhile: try again.",
    };
  } catch (error) {
    signal.throwIfAborted();
    const advice = "Give this user the right to read and write below the namespace.";
    return { check: "lock", ok: false, detail: (error as Error).message, advice };
  }
}

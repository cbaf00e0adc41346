import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { type GrantedEvent, type HistoryEvent, parseEvent } from "@coord/conformance";

/** The journals of all processes, read while they are written, and what the test itself did to them. */
export class Chronicle {
  readonly events: HistoryEvent[] = [];
  readonly #folder: string;
  readonly #journals = new Map<string, Reading>();
  /** Holds that have begun and not ended, by attempt. */
  readonly #held = new Map<string, GrantedEvent>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The file for one more process to write to. */
  journal(process: string): string {
    const path = join(this.#folder, `${process}.jsonl`);
    this.#journals.set(path, { offset: 0, rest: Buffer.alloc(0) });
    return path;
  }

  write(event: HistoryEvent): void {
    this.events.push(event);
    this.#follow(event);
  }

  /** Takes in what was written since the last time. A line that is cut short by a kill, or not yet written to its end, waits. */
  read(): void {
    for (const [path, reading] of this.#journals) {
      for (const line of newLines(path, reading)) this.write(parseEvent(line));
    }
  }

  /** Those who hold something of this name, as far as their journals tell. */
  holdsOf(name: string): readonly GrantedEvent[] {
    this.read();
    return [...this.#held.values()].filter((grant) => grant.name === name);
  }

  /** Whether this client's last call at this barrier has passed, and not come to leave. */
  isInside(client: string, name: string): boolean {
    this.read();
    const last = this.events.findLast((event) => "party" in event && event.client === client && event.name === name);
    return last?.kind === "passed";
  }

  #follow(event: HistoryEvent): void {
    if (event.kind === "granted") this.#held.set(event.attempt, event);
    if (event.kind === "lost" || event.kind === "released") this.#held.delete(event.attempt);
    if (event.kind !== "died") return;
    for (const [attempt, { client }] of this.#held) if (client === event.client) this.#held.delete(attempt);
  }
}

interface Reading {
  offset: number;
  rest: Buffer;
}

function newLines(path: string, reading: Reading): string[] {
  if (!existsSync(path)) return [];
  const file = openSync(path, "r");
  try {
    const lines: string[] = [];
    const chunk = Buffer.alloc(1 << 16);
    for (let count = readSync(file, chunk, 0, chunk.length, reading.offset); count > 0; ) {
      reading.offset += count;
      const text = Buffer.concat([reading.rest, chunk.subarray(0, count)]);
      const end = text.lastIndexOf("\n") + 1;
      reading.rest = Buffer.from(text.subarray(end));
      lines.push(...text.subarray(0, end).toString().split("\n").slice(0, -1));
      count = readSync(file, chunk, 0, chunk.length, reading.offset);
    }
    return lines;
  } finally {
    closeSync(file);
  }
}

import { Reader } from "./jute.ts";

/** What a server says unasked: a node that was watched has changed. */
export interface WatchEvent {
  readonly kind: "created" | "deleted" | "changed" | "children" | "removed";
  readonly path: string;
}

const eventKinds: Readonly<Record<number, WatchEvent["kind"]>> = {
  1: "created",
  2: "deleted",
  3: "changed",
  4: "children",
  5: "removed",
  6: "removed",
  7: "removed",
};

/** `undefined`: an event about the session, which tells nothing about nodes. */
export function readEvent(frame: Buffer, at: number): WatchEvent | undefined {
  const answer = new Reader(frame, at);
  const type = answer.int();
  answer.int(); // the state of the session, as the server sees it
  const path = answer.text();
  const kind = eventKinds[type];
  return kind && { kind, path };
}

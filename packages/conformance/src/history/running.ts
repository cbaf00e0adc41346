import type { GrantedEvent, History, HistoryEvent, PauseEvent } from "./events.ts";
import { inOrder } from "./order.ts";

/**
 * The history as it counts for exclusion: what a stopped process believes harms nobody, for it does nothing. So a hold
 * ends when its process is stopped, and begins once more when the process goes on and still believes in it.
 */
export function asSeenRunning(history: History): HistoryEvent[] {
  const alive = new Map<string, Life>();
  const seen: HistoryEvent[] = [];
  for (const event of inOrder(history)) {
    seen.push(...(isPause(event) ? turn(event, [...alive.values()]) : live(event, alive)));
  }
  return seen;
}

function isPause(event: HistoryEvent): event is PauseEvent {
  return event.kind === "stopped" || event.kind === "continued";
}

/** A hold, and how often it has begun. */
interface Life {
  readonly granted: GrantedEvent;
  times: number;
  running: boolean;
}

function turn({ at, kind, client }: PauseEvent, lives: readonly Life[]): HistoryEvent[] {
  const running = kind === "continued";
  return lives
    .filter((life) => life.granted.client === client && life.running !== running)
    .flatMap((life): HistoryEvent[] => {
      life.running = running;
      if (!running) return [{ ...life.granted, at, kind: "lost", attempt: named(life) }];
      life.times += 1;
      const attempt = named(life);
      return [
        { ...life.granted, at, kind: "asked", attempt },
        { ...life.granted, at, attempt },
      ];
    });
}

function live(event: HistoryEvent, alive: Map<string, Life>): HistoryEvent[] {
  if (event.kind === "granted") alive.set(event.attempt, { granted: event, times: 1, running: true });
  if (event.kind !== "lost" && event.kind !== "released") return [event];
  const life = alive.get(event.attempt);
  alive.delete(event.attempt);
  if (!life) return [event];
  return life.running ? [{ ...event, attempt: named(life) }] : [];
}

const named = ({ granted, times }: Life) => (times === 1 ? granted.attempt : `${granted.attempt} (${times})`);

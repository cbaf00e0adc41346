import type { HistoryEvent } from "../history/index.ts";

/** A process was stopped, or goes on and has caught up with what waited for it. */
export interface PauseEvent {
  readonly at: number;
  readonly client: string;
  readonly kind: "stopped" | "continued";
}

export type TraceEvent = HistoryEvent | PauseEvent;

/**
 * The history as it counts for exclusion: what a stopped process believes harms nobody, for it does nothing. So a hold
 * ends when its process is stopped, and begins once more when the process goes on and still believes in it.
 */
export function asSeenRunning(trace: readonly TraceEvent[]): HistoryEvent[] {
  const alive = new Map<string, Life>();
  const seen: HistoryEvent[] = [];
  for (const event of trace) {
    seen.push(...(isPause(event) ? turn(event, [...alive.values()]) : live(event, alive)));
  }
  return seen;
}

export function isPause(event: TraceEvent): event is PauseEvent {
  return event.kind === "stopped" || event.kind === "continued";
}

/** A hold, and how often it has begun. */
interface Life {
  readonly granted: HistoryEvent & { readonly kind: "granted" };
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

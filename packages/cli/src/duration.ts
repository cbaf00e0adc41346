import { InvalidArgumentError } from "commander";

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `500ms`, `30s`, `1.5m`, `2h`; only zero needs no unit. */
export function duration(text: string): number {
  if (text === "0") return 0;
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const each = units[unit];
  if (amount === undefined || each === undefined) {
    throw new InvalidArgumentError("A duration is a number with its unit: 500ms, 30s, 2m, 1h.");
  }
  return Number(amount) * each;
}

/** For what takes a moment: zero would be over before the store has answered. */
export function moment(text: string): number {
  const ms = duration(text);
  if (ms > 0) return ms;
  throw new InvalidArgumentError("It takes a moment: give more than 0.");
}

/** As a person reads it: the two largest units. */
export function spell(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = Math.floor(ms / 1_000);
  const parts = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const first = parts.findIndex((part) => part > 0);
  const shown = parts.map((part, index) => `${part}${"dhms"[index]}`).slice(first, first + 2);
  return shown.filter((part) => !part.startsWith("0")).join("");
}

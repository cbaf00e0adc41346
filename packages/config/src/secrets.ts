import type { Issue } from "@coord/core";
import { isWithin, onOneWay, type Path, type PathLike, toPath } from "./path.ts";

/** What stands where a secret would. */
export const mask = "***";

/** A shorter text than this is found in the middle of too many words to be taken out of them. */
const shortestText = 3;

/** Which parts of a document nobody may see: in no error, log, explanation or history. */
export class Secrets {
  readonly #paths: readonly Path[];

  /** @param paths such as `"db.url"` or `"users.*.password"`: with all that is in them */
  constructor(paths: readonly PathLike[] = []) {
    this.#paths = paths.map(toPath);
  }

  /** Whether this part, or something in it, is secret. */
  touches(path: Path): boolean {
    return this.#paths.some((secret) => onOneWay(path, secret));
  }

  /** Whether all of this part is secret. */
  covers(path: Path): boolean {
    return this.#paths.some((secret) => isWithin(path, secret));
  }

  /** A copy that can be shown; `at` is where in the document it stands. */
  masked(value: unknown, at: Path = []): unknown {
    if (value === undefined) return undefined;
    if (this.#hides(at, value)) return mask;
    if (typeof value !== "object" || value === null || !this.touches(at)) return value;
    if (Array.isArray(value)) return value.map((item, index) => this.masked(item, [...at, String(index)]));
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, this.masked(part, [...at, name])]));
  }

  /** The issues without what their messages tell of secrets: a validator may quote what it refuses. `values`: where the secrets are known from. */
  maskedIssues(issues: readonly Issue[], values: readonly unknown[]): readonly Issue[] {
    return issues.map(({ path, message }) => ({
      path,
      message: this.covers(path.map(String))
        ? "is not valid (a secret, so what it is and why isn't shown)"
        : this.without(message, values),
    }));
  }

  /** The text without the secrets that these values have. */
  without(text: string, values: readonly unknown[]): string {
    const told = new Set(values.flatMap((value) => this.#textsIn(value, [])));
    return [...told].sort((a, b) => b.length - a.length).reduce((rest, secret) => rest.replaceAll(secret, mask), text);
  }

  /** A text where there should be something with a secret in it may have it, too. */
  #hides(at: Path, value: unknown): boolean {
    if (this.covers(at)) return true;
    return (
      (typeof value === "string" || typeof value === "number") && this.#paths.some((secret) => isMeant(at, secret))
    );
  }

  /** Each secret as it is, and as it stands in JSON. */
  #textsIn(value: unknown, at: Path): string[] {
    if (!this.touches(at)) return [];
    if (typeof value === "object" && value !== null)
      return Object.entries(value).flatMap(([name, part]) => this.#textsIn(part, [...at, name]));
    if (value === undefined || value === null || typeof value === "boolean") return [];
    const text = String(value);
    return [text, JSON.stringify(text).slice(1, -1)].filter((each) => each.length >= shortestText);
  }
}

/** Whether `at` is on the way to the secret, and not only because of what stands for any segment. */
const isMeant = (at: Path, secret: Path): boolean =>
  onOneWay(at, secret) && at.some((segment, index) => segment === secret[index]);

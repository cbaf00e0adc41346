import { Config, type ConfigOptions } from "@coord/config";
import type { Coord } from "@coord/core";
import { type StoreOptions, toKey } from "@coord/core/spi";
import { type Bench, bytes } from "../rig.ts";

/** The configuration of the cases. */
export interface Settings {
  readonly rateLimit: number;
  readonly count: number;
  readonly greeting?: string | undefined;
  readonly db: { readonly url: string; readonly pool: number };
}

export interface GivenSettings {
  readonly rateLimit?: number;
  readonly count?: number;
  readonly greeting?: string;
  readonly db?: { readonly url?: string; readonly pool?: number };
}

interface Issue {
  readonly message: string;
  readonly path?: readonly PropertyKey[];
}

type Result = { readonly value: Settings; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

/** A Standard Schema, by hand: its own defaults lie below all, and its messages quote what they refuse, as those of some libraries do. */
export const settings = {
  "~standard": {
    version: 1 as const,
    vendor: "coord",
    validate: (value: unknown): Result | Promise<Result> => judged(value),
    types: undefined as undefined | { readonly input: GivenSettings; readonly output: Settings },
  },
};

/** The same, after a while: `waitMs` is taken from what is validated. */
export const slowly = (wait: () => Promise<void>): typeof settings => ({
  "~standard": {
    ...settings["~standard"],
    validate: async (value) => {
      await wait();
      return judged(value);
    },
  },
});

/** The same, and what it gives is made something else of. */
export const making = (make: (value: Settings) => Settings): typeof settings => ({
  "~standard": {
    ...settings["~standard"],
    validate: (value) => {
      const result = judged(value);
      return result.issues ? result : { value: make(result.value) };
    },
  },
});

function judged(value: unknown): Result {
  const { rateLimit = 5, count = 0, greeting, db = {} } = value as GivenSettings;
  const { url = "none", pool = 1 } = Object(db) as NonNullable<GivenSettings["db"]>;
  const issues: Issue[] = [];
  const refuse = (path: readonly string[], found: unknown, wanted: string) =>
    issues.push({ path, message: `expected ${wanted}, got ${JSON.stringify(found)}` });
  if (!Number.isInteger(rateLimit) || rateLimit < 1) refuse(["rateLimit"], rateLimit, "a whole number from 1 on");
  if (!Number.isInteger(count)) refuse(["count"], count, "a whole number");
  if (greeting !== undefined && typeof greeting !== "string") refuse(["greeting"], greeting, "text");
  if (typeof db !== "object") refuse(["db"], db, "an object");
  if (typeof url !== "string") refuse(["db", "url"], url, "text");
  if (!Number.isInteger(pool)) refuse(["db", "pool"], pool, `a whole number in ${JSON.stringify(db)}`);
  if (issues.length > 0) return { issues };
  return { value: { rateLimit, count, ...(greeting === undefined ? {} : { greeting }), db: { url, pool } } };
}

export const name = "billing";

export type Options = Partial<ConfigOptions<typeof settings>>;

export const opened = (coord: Coord, options: Options = {}) =>
  Config.open(coord, name, { schema: settings, ...options });

/** A view on a client of its own. */
export async function viewer(bench: Bench, options: Options = {}) {
  const { coord, network } = await bench.coord();
  return { coord, network, config: await opened(coord, options) };
}

/** Written past the library, as another program would. */
export async function scribble({ store }: Coord, text: string | Uint8Array, options?: StoreOptions): Promise<void> {
  const value = typeof text === "string" ? bytes(text) : text;
  await store.commit({ writes: [{ put: toKey(name), value }] }, options);
}

export const reaches = (bench: Bench, config: Config<typeof settings>, version: number) =>
  bench.eventually(`version ${version}`, () => config.version === version && !config.stale, 15_000);

import assert from "node:assert/strict";
import type { ConnectOptions, Coord } from "@coord/core";
import type { Store } from "@coord/core/spi";
import { Discovery, type InstanceToRegister, type Service, type ServiceView } from "@coord/discovery";
import type { Bench } from "../rig.ts";

/** A client of its own that registers and looks. */
export async function party(bench: Bench, options: ConnectOptions = {}, decorate?: (store: Store) => Store) {
  const { coord, network } = await bench.coord(options, decorate);
  return { coord, network, discovery: new Discovery(coord) };
}

export const instance = (id: string, more: Partial<InstanceToRegister> = {}): InstanceToRegister => ({
  name: "orders",
  id,
  address: "10.0.0.7",
  port: 8080,
  ...more,
});

/** Where the kit looks behind the recipe: the entries of `orders`. */
export const directory = "services/orders";

export const entriesOf = async (coord: Coord) => (await coord.store.list(directory)).entries;

export const idsOf = (view: ServiceView | undefined): string => view?.instances.map(({ id }) => id).join(" ") ?? "-";

/** Until the view shows these ids and is fresh. */
export const showing = (bench: Bench, service: Service, ids: string, withinMs = 15_000) =>
  bench.eventually(
    `the view to show "${ids}", it shows "${idsOf(service.current)}"`,
    () => idsOf(service.current) === ids && !service.current?.stale && service.current,
    withinMs,
  );

/** All that a view is told, in a list that grows. */
export function told(service: Service) {
  const views: ServiceView[] = [];
  const done = new AbortController();
  const ended = (async () => {
    for await (const view of service.watch({ signal: done.signal })) views.push(view);
    return "ended";
  })();
  return { views, done, ended };
}

/** Entries that hang on a session of their own and are no registration: they don't come back when it ends. */
export async function strangers(bench: Bench, values: Readonly<Record<string, unknown>>) {
  const { store } = await bench.store();
  const session = await bench.session(store);
  for (const [id, value] of Object.entries(values)) {
    const written = typeof value === "string" ? Buffer.from(value) : Buffer.from(JSON.stringify(value));
    await store.commit({ writes: [{ create: `${bench.at}/${directory}/${id}`, value: written, session }] });
  }
  return { store, session };
}

export const sessionOf = (coord: Coord): string => {
  const id = coord.status().session?.id;
  assert.ok(id !== undefined, "there is no session");
  return id;
};

/** A logger that remembers every word. */
export function overhearing() {
  const words: string[] = [];
  const hear = (fields: object, message: string) =>
    words.push(
      `${message} ${JSON.stringify(fields, (_, value) => (typeof value === "bigint" ? String(value) : value instanceof Error ? `${value.message} ${value.stack}` : value))}`,
    );
  return { words, logger: { debug: hear, info: hear, warn: hear, error: hear } };
}

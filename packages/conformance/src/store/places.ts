import type { Place, Store, StoreSession } from "@coord/core/spi";
import type { Bench } from "../rig.ts";

export const keysOf = ({ ahead }: { readonly ahead: readonly { readonly key: string }[] }) =>
  ahead.map(({ key }) => key);

/** A line with this many contenders, each a client of its own. */
export async function lineOf(bench: Bench, count: number, line = bench.key("line")) {
  const contenders: {
    store: Store;
    session: StoreSession;
    place: Place;
    network: Awaited<ReturnType<Bench["store"]>>["network"];
  }[] = [];
  for (let index = 0; index < count; index += 1) {
    const { store, network } = await bench.store();
    const session = await bench.session(store);
    const place = await store.contend(line, bench.ticket(session));
    contenders.push({ store, session, place, network });
  }
  return contenders;
}

export const remove = (store: Store, { mine }: Place) => store.commit({ writes: [{ remove: mine.key }] });

import type { Backend, Store } from "@coord/core/spi";
import { type MemoryServer, memory } from "@coord/memory";

/** A store in memory of which some verbs are done differently. */
export function decorated(server: MemoryServer, differently: (store: Store) => Partial<Store>): Backend {
  const backend = memory({ server });
  return {
    ...backend,
    open: async (context) => {
      const store = await backend.open(context);
      return { ...store, ...differently(store) };
    },
  };
}

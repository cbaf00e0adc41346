import type { Endpoint } from "../../../tests/testbed/endpoint.ts";
import { http } from "../../../tests/testbed/http.ts";

/** Has etcd drop what was removed or overwritten, and waits until it has: a range passes over each key that ever was until then. */
export function compacting(endpoint: Endpoint): () => Promise<void> {
  let compacted = 0;
  return async () => {
    const { header } = JSON.parse(await http(endpoint, "/v3/kv/range", { key: "AA==", count_only: true }));
    const revision = Number(header.revision);
    if (revision === compacted) return;
    await http(endpoint, "/v3/kv/compaction", { revision: header.revision, physical: true }, 10_000);
    compacted = revision;
  };
}

import { type Coord, UsageError } from "@coord/core";

/** @throws UsageError where a document directly below this name lies on another store than the others */
export function assertTogether(coord: Coord, folder: string): void {
  const { routes = [] } = coord.status();
  const apart = routes.find(({ name }) => name.slice(0, Math.max(0, name.lastIndexOf("/"))) === folder);
  if (!apart) return;
  throw new UsageError(
    `The documents of ${JSON.stringify(folder)} lie on two stores: ${JSON.stringify(apart.name)} is on ${apart.store}. Open that one by itself, or route all of them to one store.`,
    { operation: "config.openAll", key: folder },
  );
}

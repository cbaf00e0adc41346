export type { MapChange, Rejection, SharedEntry } from "./contents.ts";
export {
  type DeleteOptions,
  type SetOptions,
  SharedMap,
  type SharedMapEvents,
  type SharedMapOptions,
} from "./shared-map.ts";
export type { Codec, ValueOptions } from "./values.ts";

export type { MapChange, Rejection, SharedEntry } from "./contents.ts";
export type { DeleteOptions, SetOptions, SharedMapEvents, SharedMapOptions } from "./options.ts";
export { SharedMap } from "./shared-map.ts";
export type { Codec, ValueOptions } from "./values.ts";

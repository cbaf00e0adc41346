export { connect, fromUrl, zookeeper } from "./backend.ts";
export type { ZooKeeperOptions } from "./options.ts";
export type { TlsOptions } from "./wire/endpoints.ts";
export type { Acl } from "./wire/records.ts";

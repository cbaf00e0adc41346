export { connect, etcd, fromUrl } from "./backend.ts";
export type { EtcdOptions, TlsOptions } from "./options.ts";

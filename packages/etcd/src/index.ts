export { type EtcdOptions, etcd } from "./backend.ts";

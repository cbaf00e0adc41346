export { connect, fromUrl, type MemoryOptions, memory } from "./backend.ts";
export { directLink, type Link, LinkError, type LinkMaker, newClientName, type Road } from "./link.ts";
export { type ForkEnd, type Port, portLink, processPort, serve } from "./port.ts";
export type { Answer, Notice, Request } from "./protocol.ts";
export { MemoryServer, type ServerConnection, StoreServer } from "./server.ts";
export { State } from "./state.ts";
export { linkedStore, traitsOf } from "./store.ts";
export type { Change, SessionRecord, Tables } from "./tables.ts";

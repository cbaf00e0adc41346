export { connect, fromUrl, type MemoryOptions, memory } from "./backend.ts";
export { directLink, type Link, LinkError, type Road } from "./link.ts";
export { MemoryServer } from "./server.ts";

export { connect, fromUrl, type LocalOptions, local } from "./backend.ts";
export { LocalServer, type LocalServerOptions } from "./server.ts";

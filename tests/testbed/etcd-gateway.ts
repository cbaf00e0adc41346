import { type HttpServer, http } from "./http.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a server is asked over its JSON gateway, where bytes are in base64 and 64-bit numbers are texts. */
export class EtcdGateway {
  readonly #server: HttpServer;

  constructor(server: HttpServer) {
    this.#server = server;
  }

  /** As this user, with a token of its own that is good until the server forgets it. */
  async as({ username, password }: Credentials): Promise<EtcdGateway> {
    const { token } = await this.call("auth/authenticate", { name: username, password });
    return new EtcdGateway({ ...this.#server, headers: { Authorization: token } });
  }

  async put(key: string, value: string): Promise<void> {
    await this.call("kv/put", { key: base64(key), value: base64(value) });
  }

  async get(key: string): Promise<string | undefined> {
    const { kvs } = await this.call("kv/range", { key: base64(key) });
    return kvs && Buffer.from(kvs[0].value, "base64").toString();
  }

  /** To answer that it is healthy, a node has a read agreed on by the majority. */
  async expectHealthy(): Promise<void> {
    const answer = JSON.parse(await http(this.#server, "/health"));
    if (String(answer.health) !== "true") throw new Error(`not healthy: ${JSON.stringify(answer)}`);
  }

  /** The term in which the node leads. */
  async leads(): Promise<bigint | undefined> {
    const { header, leader, raftTerm } = await this.call("maintenance/status");
    return leader === header.member_id ? BigInt(raftTerm) : undefined;
  }

  async call(method: string, body: object = {}) {
    return JSON.parse(await http(this.#server, `/v3/${method}`, body));
  }
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

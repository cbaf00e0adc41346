import { type RequestOptions, request } from "node:http";
import { request as requestOverTls } from "node:https";
import type { Endpoint } from "./endpoint.ts";

/** A server that is spoken HTTP with, and what it wants to be shown. */
export interface HttpServer extends Endpoint {
  /** In PEM: who is to have signed the server's certificate, and a certificate and key of ours. Without, it's plain HTTP. */
  readonly tls?: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer } | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request on a connection of its own; gives the body, throws on any status but 200. With a body it is a POST. */
export function http(server: HttpServer, path: string, body?: object, within = 2_000): Promise<string> {
  const { host, port, tls, headers = {} } = server;
  const options: RequestOptions = {
    host,
    port,
    path,
    headers,
    method: body ? "POST" : "GET",
    agent: false,
    signal: AbortSignal.timeout(within),
  };
  return new Promise((resolve, reject) => {
    const sent = tls ? requestOverTls({ ...options, ...tls }) : request(options);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${path} answered ${response.statusCode}: ${text}`));
      });
    });
    sent.on("error", reject);
    sent.end(body && JSON.stringify(body));
  });
}

import { type RequestOptions, request } from "node:http";
import type { Endpoint } from "./endpoint.ts";

/** One request on a connection of its own; gives the body, throws on any status but 200. With a body it is a POST. */
export function http({ host, port }: Endpoint, path: string, body?: object, within = 2_000): Promise<string> {
  const options: RequestOptions = {
    host,
    port,
    path,
    method: body ? "POST" : "GET",
    agent: false,
    signal: AbortSignal.timeout(within),
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
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

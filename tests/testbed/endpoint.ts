/** Where a server, or a proxy in front of it, listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Everything a testbed starts listens here and nowhere else. */
export const loopback = "127.0.0.1";

export function hostPort({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}

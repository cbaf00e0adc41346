import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type SecureContextOptions } from "node:tls";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** How a server proves who it is, and this client to the server. At least TLS 1.2, and the name is always checked. */
export interface TlsOptions {
  /** The authorities that are trusted, as PEM. Default: those that Node trusts. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
  /** The client's certificate, as PEM, and its key. */
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  readonly passphrase?: string | undefined;
  /** The name that the server's certificate must have. Default: the host that is connected to. */
  readonly serverName?: string | undefined;
}

/** Whom the client trusts, and who it is. */
export const identityOf = ({ ca, cert, key, passphrase }: TlsOptions): SecureContextOptions => ({
  ...(ca !== undefined && { ca: Array.isArray(ca) ? [...ca] : (ca as string | Buffer) }),
  ...(cert !== undefined && { cert }),
  ...(key !== undefined && { key }),
  ...(passphrase !== undefined && { passphrase }),
});

/** Opens a socket; `ready` is called when it can be written to. */
export function openSocket({ host, port }: Endpoint, tls: TlsOptions | undefined, ready: () => void): Socket {
  if (tls === undefined) return connectTcp({ host, port, noDelay: true }, ready);
  const { serverName } = tls;
  const socket = connectTls(
    {
      host,
      port,
      minVersion: "TLSv1.2",
      rejectUnauthorized: true,
      ...identityOf(tls),
      ...(serverName !== undefined && { servername: serverName }),
    },
    ready,
  );
  return socket.setNoDelay();
}

/** What is written in one turn leaves together: one packet instead of many. */
export function inOneTurn(socket: Socket): void {
  if (socket.writableCorked > 0) return;
  socket.cork();
  process.nextTick(() => socket.uncork());
}

export const hostPort = ({ host, port }: Endpoint): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

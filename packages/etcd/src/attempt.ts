import type { IOptions } from "etcd3";
import type { Metadata } from "./calls.ts";

/** gRPC's options of a call, as the package takes them and passes them on, with the attempt that it belongs to. */
export type CallOptions = GrpcOptions & { readonly attempt: Attempt };
export type GrpcOptions = Exclude<NonNullable<IOptions["defaultCallOptions"]>, (...args: never[]) => unknown>;
type Interceptor = NonNullable<GrpcOptions["interceptors"]>[number];

/** What the server is to know beside a request. A member without a leader refuses it instead of keeping it. */
export function fill(metadata: Metadata, token: string | undefined): Metadata {
  metadata.set("hasleader", "true");
  if (token !== undefined) metadata.set("token", token);
  return metadata;
}

/** A stream is opened by the package, which lets nobody at its metadata, nor at the call, but an interceptor. */
const carried: Interceptor = (options, next) => {
  const { attempt } = options as typeof options & CallOptions;
  const call = next(options);
  const start = call.start.bind(call);
  call.start = (metadata, listener) => start(fill(metadata, attempt.token), listener);
  attempt.begin(call);
  return call as ReturnType<Interceptor>; // all that the library asks of it
};
const interceptors = [carried];

/** What can be cancelled. */
export interface Cancellable {
  cancelWithStatus(status: number, details: string): void;
}

/** One attempt of a call, by which it can be cancelled. */
export class Attempt {
  readonly token: string | undefined;
  readonly options: CallOptions = { attempt: this, interceptors };
  #call: Cancellable | undefined;
  #cancelled = false;

  constructor(token?: string) {
    this.token = token;
  }

  begin(call: Cancellable): void {
    this.#call = call;
    if (this.#cancelled) this.cancel();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#call?.cancelWithStatus(1, "cancelled by the caller");
  }
}

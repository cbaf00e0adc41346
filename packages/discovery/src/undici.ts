import { assertDuration } from "@coord/core/recipe";
import type { Dispatcher } from "undici";
import { pickAnother } from "./calling.ts";
import { assertCount } from "./count.ts";
import type { Discovery } from "./discovery.ts";
import { hostOf } from "./instance.ts";
import type { Pick } from "./picked.ts";
import type { Service, ServiceOptions } from "./service.ts";

export interface InterceptorOptions extends ServiceOptions {
  /** Hosts that end with this are services: `http://orders.coord`. Default `.coord`. */
  readonly suffix?: string | undefined;
  /** How often a request is sent at most, each time to another instance while there is one. Default 3. See `coordInterceptor`. */
  readonly attempts?: number | undefined;
  /** How long to wait for an instance when there is none, in milliseconds. Default 1000. */
  readonly waitMs?: number | undefined;
  /** The key that `rendezvous` and `sticky` go by. Default: none. */
  readonly key?: ((request: Dispatcher.DispatchOptions) => string | undefined) | undefined;
}

/**
 * Lets `undici` and `fetch` reach services by name: `new Agent().compose(coordInterceptor(discovery))`, then `http://orders.coord/v1`.
 * The request goes to an instance and says to it the name that it was sent to, as its host and, with TLS, as the server's name.
 *
 * A request whose connection fails before any answer is sent again, to another instance: always if it never left; if it may have arrived, only where
 * its method is idempotent (RFC 9110, section 9.2.2) and its body can be sent twice. An answer is passed on, whatever its status; from 500 on it counts
 * as a failure of the instance.
 *
 * @throws UsageError
 */
export function coordInterceptor(
  discovery: Discovery,
  { suffix = ".coord", attempts = 3, waitMs, key, ...options }: InterceptorOptions = {},
): Dispatcher.DispatcherComposeInterceptor {
  assertCount("attempts", attempts);
  assertDuration("waitMs", waitMs);
  const services = new Map<string, Service>();
  const serviceOf = (name: string): Service => {
    const known = services.get(name);
    if (known) return known;
    const service = discovery.service(name, options);
    services.set(name, service);
    return service;
  };
  return (dispatch) => (request, handler) => {
    const origin = request.origin === undefined ? undefined : new URL(request.origin);
    if (!origin?.hostname.endsWith(suffix)) return dispatch(request, handler);
    const service = serviceOf(origin.hostname.slice(0, -suffix.length));
    new Exchange({ dispatch, request, handler, origin, service, attempts, waitMs, key: key?.(request) }).begin();
    return true;
  };
}

interface ExchangeParts {
  readonly dispatch: Dispatcher["dispatch"];
  readonly request: Dispatcher.DispatchOptions;
  readonly handler: Dispatcher.DispatchHandler;
  readonly origin: URL;
  readonly service: Service;
  readonly attempts: number;
  readonly waitMs: number | undefined;
  readonly key: string | undefined;
}

/** One request, until it has been answered or there is nobody left to ask. */
class Exchange {
  readonly #parts: ExchangeParts;
  readonly #tried = new Set<string>();
  /** The caller gave up while there was no instance yet. */
  #sent = 0;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.#send().catch((error) =>
      this.#parts.handler.onResponseError?.(idle as Dispatcher.DispatchController, error as Error),
    );
  }

  /** Whether the request may be sent once more after this. */
  mayRepeat(error: Error): boolean {
    const { request, attempts } = this.#parts;
    if (this.#sent >= attempts || !isRepeatable(request.body)) return false;
    return neverLeft.has(codeOf(error)) || (idempotent.has(request.method) && cutOff.has(codeOf(error)));
  }

  again(pick: Pick): void {
    this.#tried.add(pick.instance.id);
    this.begin();
  }

  async #send(): Promise<void> {
    const { dispatch, request, handler, origin, service, waitMs, key } = this.#parts;
    const pick = await pickAnother(service, { key, exclude: this.#tried }, { waitMs });
    const { address, port, secure } = pick.instance;
    this.#sent += 1;
    const sent = {
      ...request,
      origin: `${secure ? "https:" : origin.protocol}//${hostOf(address)}:${port}`,
      headers: withHost(request.headers, origin.host),
      servername: origin.hostname,
    };
    dispatch(sent, new Answer(this, pick, handler));
  }
}

/** What a handler's method is told besides the controller. */
type Rest<Method extends keyof Dispatcher.DispatchHandler> =
  NonNullable<Dispatcher.DispatchHandler[Method]> extends (first: never, ...rest: infer Others) => unknown
    ? Others
    : never;

/** Passes the answer on and reports how the instance did. */
class Answer implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #pick: Pick;
  readonly #handler: Dispatcher.DispatchHandler;
  #controller: Dispatcher.DispatchController | undefined;
  #answered = false;
  #cancelled = false;
  #failed = false;

  constructor(exchange: Exchange, pick: Pick, handler: Dispatcher.DispatchHandler) {
    this.#exchange = exchange;
    this.#pick = pick;
    this.#handler = handler;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#controller = this.#watched(controller);
    this.#handler.onRequestStart?.(this.#controller, context);
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController, ...upgrade: Rest<"onRequestUpgrade">): void {
    this.#answered = true;
    this.#pick.done("ok");
    this.#handler.onRequestUpgrade?.(this.#controller ?? controller, ...upgrade);
  }

  onResponseStart(controller: Dispatcher.DispatchController, ...start: Rest<"onResponseStart">): void {
    const [status] = start;
    if (status >= 200) {
      this.#answered = true;
      this.#failed = status >= 500;
    }
    this.#handler.onResponseStart?.(this.#controller ?? controller, ...start);
  }

  onResponseData(controller: Dispatcher.DispatchController, ...data: Rest<"onResponseData">): void {
    this.#handler.onResponseData?.(this.#controller ?? controller, ...data);
  }

  onResponseEnd(controller: Dispatcher.DispatchController, ...end: Rest<"onResponseEnd">): void {
    this.#pick.done(this.#failed ? "failed" : "ok");
    this.#handler.onResponseEnd?.(this.#controller ?? controller, ...end);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#pick.done(this.#cancelled ? "ignored" : "failed");
    if (!this.#answered && !this.#cancelled && this.#exchange.mayRepeat(error)) this.#exchange.again(this.#pick);
    else this.#handler.onResponseError?.(this.#controller ?? controller, error);
  }

  /** The caller's own abort is nobody's failure. */
  #watched(controller: Dispatcher.DispatchController): Dispatcher.DispatchController {
    return new Proxy(controller, {
      get: (target, name) => {
        if (name === "abort") {
          return (reason: Error) => {
            this.#cancelled = true;
            target.abort(reason);
          };
        }
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}

/** What a handler gets of a request that was never sent. */
const idle = { aborted: false, paused: false, reason: null, abort() {}, pause() {}, resume() {} };

/** The connection was never made. */
const neverLeft: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);
/** It broke, and nobody knows how far the request came. */
const cutOff: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_SOCKET",
  "UND_ERR_HEADERS_TIMEOUT",
]);
const idempotent: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

function codeOf(error: Error): string {
  const { code, cause } = error as NodeJS.ErrnoException;
  return code ?? (cause instanceof Error ? codeOf(cause) : "");
}

/** What is read while it is sent can be read only once. */
const isRepeatable = (body: unknown): boolean =>
  body === undefined ||
  body === null ||
  typeof body === "string" ||
  body instanceof Uint8Array ||
  body instanceof FormData;

function withHost(
  headers: Dispatcher.DispatchOptions["headers"],
  host: string,
): Record<string, string | string[]> | string[] {
  if (Array.isArray(headers)) {
    const isNamed = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
    return isNamed ? headers : ["host", host, ...headers];
  }
  const pairs = !headers ? [] : Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  const isNamed = pairs.some(([name]) => name.toLowerCase() === "host");
  const named = Object.fromEntries(pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  return (isNamed ? named : { host, ...named }) as Record<string, string | string[]>;
}

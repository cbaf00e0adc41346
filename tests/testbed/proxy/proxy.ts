import { type Endpoint, hostPort } from "../endpoint.ts";
import { Gate, onFreePort } from "./gate.ts";
import { Link } from "./link.ts";

/** A TCP proxy in front of one endpoint, a plain wire until told otherwise. */
export function startProxy(target: Endpoint): Promise<FaultProxy> {
  return onFreePort((endpoint) => new FaultProxy(target, endpoint));
}

/** Everybody's link to one server, and the address at which it begins. `heal` does not end `refuse`, `accept` does. */
export class FaultProxy extends Link implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #gate: Gate;

  constructor(target: Endpoint, endpoint: Endpoint) {
    super(target);
    this.endpoint = endpoint;
    this.#gate = new Gate(endpoint, (client) => this.welcome(client));
  }

  get address(): string {
    return hostPort(this.endpoint);
  }

  /** From now on nobody listens: who connects is refused. Open connections go on. */
  refuse(): void {
    this.#gate.refuse();
  }

  /** Ends `refuse`. */
  accept(): Promise<void> {
    return this.#gate.accept();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    this.reset();
  }
}

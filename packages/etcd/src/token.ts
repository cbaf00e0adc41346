import type { Rpc } from "./rpc.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The token that stands for a user's name and password, fetched when one is needed and shared by all that need it. */
export class Token {
  readonly #credentials: Credentials | undefined;
  #value: string | undefined;
  #fetching: Promise<void> | undefined;

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  /** As the calls carry it; `undefined` where there is no user. */
  get value(): string | undefined {
    return this.#value;
  }

  /** Whether it has to be fetched before a call. */
  get missing(): boolean {
    return this.#credentials !== undefined && this.#value === undefined;
  }

  /** The server knows it no more: after its time, or a restart. Another one may have been fetched meanwhile. */
  forget(value: string | undefined): void {
    if (this.#value === value) this.#value = undefined;
  }

  fetch(authenticate: (credentials: Credentials) => ReturnType<Rpc["auth"]["authenticate"]>): Promise<void> {
    const credentials = this.#credentials;
    if (!credentials) return Promise.resolve();
    this.#fetching ??= authenticate(credentials)
      .then(({ token }) => {
        this.#value = token;
      })
      .finally(() => {
        this.#fetching = undefined;
      });
    return this.#fetching;
  }
}

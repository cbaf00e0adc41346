export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The token that stands for a user's name and password, fetched when one is needed and shared by all that need it. */
export class Token {
  readonly #credentials: Credentials | undefined;
  #value: string | undefined;
  #ordinal = 0;
  readonly #fetching = new Map<object, Promise<void>>();

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  /** As the calls carry it; `undefined` where there is no user. */
  get value(): string | undefined {
    return this.#value;
  }

  /** How many there have been. */
  get ordinal(): number {
    return this.#ordinal;
  }

  /** Whether it has to be fetched before a call. */
  get missing(): boolean {
    return this.#credentials !== undefined && this.#value === undefined;
  }

  /** The server knows it no more: after its time, or a restart. Another one may have been fetched meanwhile. */
  forget(value: string | undefined): void {
    if (this.#value === value) this.#value = undefined;
  }

  /** Asks one endpoint for another one, for all that wait for it there: so nobody's limit may be the fetch's own. */
  fetch(of: object, authenticate: (credentials: Credentials) => Promise<{ readonly token: string }>): Promise<void> {
    const credentials = this.#credentials;
    if (!credentials) return Promise.resolve();
    const fetching =
      this.#fetching.get(of) ??
      authenticate(credentials)
        .then(({ token }) => {
          this.#value = token;
          this.#ordinal += 1;
        })
        .finally(() => this.#fetching.delete(of));
    this.#fetching.set(of, fetching);
    return fetching;
  }
}

import type { Coord } from "@coord/core";
import {
  assertKey,
  contextOf,
  eachOf,
  joinKey,
  type Key,
  parentOf,
  type RecipeContext,
  segmentOf,
  toKey,
  toName,
  walk,
} from "@coord/core/recipe";
import { type Format, type FormatName, formatNamed } from "./format.ts";
import { copyOf, hostOf, type InstanceDescription, publishedOf } from "./instance.ts";
import { type RegisterOptions, Registration } from "./registration.ts";
import { Service, type ServiceOptions } from "./service.ts";

export interface DiscoveryOptions {
  /** How instances are written down: ours, or as others read and write them. Default `coord`. */
  readonly format?: FormatName | undefined;
  /** Where services are, below the client's namespace; `""` for right there. Default `services`, for `grpc` `""`. */
  readonly base?: string | undefined;
}

export interface InstanceToRegister extends InstanceDescription {
  /** The service. */
  readonly name: string;
  /** Unique within the service, and the same after a restart. Default: `address:port`. */
  readonly id?: string | undefined;
}

/** Where services are registered and found. Holds nothing itself: make as many as you like. */
export class Discovery {
  /** The context of the client, for the doors of this package. */
  readonly context: RecipeContext;
  readonly #format: Format;
  readonly #formatName: FormatName;
  readonly #base: Key;
  readonly #store: Coord["store"];

  /** @throws UsageError */
  constructor(coord: Coord, { format = "coord", base }: DiscoveryOptions = {}) {
    this.context = contextOf(coord);
    this.#store = coord.store;
    this.#formatName = format;
    this.#format = formatNamed(format);
    const at = base ?? this.#format.base;
    this.#base = at === "" ? "" : toKey(at);
  }

  /**
   * Registers an instance, and keeps it registered until the handle or the client is closed: through lost sessions, restarts of the store and hours
   * without it. Resolves when the store shows it.
   *
   * @throws DuplicateInstanceError when somebody who lives has the id, unless `takeover`; TimeoutError after `waitMs`; UsageError; ValueTooLargeError
   */
  async register(instance: InstanceToRegister, options: RegisterOptions = {}): Promise<Registration> {
    const { name, id, ...described } = copyOf(instance);
    publishedOf(described, "passing");
    const key = this.#keyOf(name);
    const called = id ?? `${hostOf(described.address)}:${described.port}`;
    const parts = {
      context: this.context.at(key), // of the store that the service lies on
      format: this.#format,
      key: entryKey(key, called),
      name,
      id: called,
    };
    return Registration.begin(parts, described, { ...options });
  }

  /** The live view of a service, which exists whether anybody is registered or not. */
  service(name: string, options: ServiceOptions = {}): Service {
    const key = this.#keyOf(name);
    const parts = { context: this.context.at(key), format: this.#format, service: name, key };
    return new Service(parts, `${this.#formatName} ${key}`, options);
  }

  /**
   * The names of all services that somebody is registered for, whatever the status, as of now. What else lies at the base is
   * taken for services too, so this is of use where it is a place of their own, as it is unless told otherwise.
   *
   * @throws UnavailableError while the store can't be reached; AuthError; ClosedError; the signal's own reason
   */
  async services({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<readonly string[]> {
    const directories = await walk(this.#base, (under) => this.#store.directories(under, { signal }));
    const above = new Set(directories.map(parentOf));
    const hasInstances = async (key: Key) =>
      !above.has(key) || (await this.#store.list(key, { signal })).entries.length > 0;
    const has = await eachOf(directories, hasInstances);
    return directories
      .filter((_, index) => has[index])
      .map((key) => this.#nameOf(key))
      .sort();
  }

  #keyOf(name: string): Key {
    return joinKey(this.#base, toKey(name));
  }

  #nameOf(key: Key): string {
    return toName(this.#base === "" ? key : key.slice(this.#base.length + 1));
  }
}

/** @throws UsageError also where the name and the id are short enough each, and too long together */
function entryKey(service: Key, id: string): Key {
  const key = joinKey(service, segmentOf(id));
  assertKey(key);
  return key;
}

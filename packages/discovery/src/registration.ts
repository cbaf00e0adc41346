import { type ClosedError, DuplicateInstanceError, TimeoutError, ValueTooLargeError } from "@coord/core";
import {
  assertDuration,
  type Bytes,
  closedError,
  type Key,
  pause,
  type RecipeContext,
  type WaitOptions,
  waiting,
} from "@coord/core/recipe";
import { Claim } from "./claim.ts";
import { closedBy } from "./closed.ts";
import type { Format } from "./format.ts";
import { checkAgain, checked, type HealthOptions } from "./health.ts";
import { copyOf, type InstanceDescription, type InstanceStatus, type Published, publishedOf } from "./instance.ts";
import type { Keeper } from "./keeper.ts";
import { keep } from "./keepers.ts";
import { isGone, thisRegistrant } from "./registrant.ts";

export interface RegisterOptions extends HealthOptions, WaitOptions {
  /** How long `close()` shows the instance as draining before it goes, in milliseconds. Default 1000. */
  readonly drainMs?: number | undefined;
  /** Replace whoever has this id, also one that lives. Default `false`. */
  readonly takeover?: boolean | undefined;
}

export interface InstanceUpdate extends Partial<InstanceDescription> {
  /** Shown until the next check, or for good where there is none. */
  readonly status?: InstanceStatus | undefined;
}

export interface RegistrationParts {
  readonly context: RecipeContext;
  readonly format: Format;
  readonly key: Key;
  readonly name: string;
  readonly id: string;
}

const defaultDrainMs = 1_000;
/** How long the last word of one that goes at once may take: that it goes on purpose. */
const farewellMs = 100;

/**
 * One registered instance. It lives as long as this handle: after a lost session it comes back on the next one, for ever. Made by
 * `Discovery.register()`.
 */
export class Registration implements AsyncDisposable {
  readonly name: string;
  readonly id: string;
  readonly #parts: RegistrationParts;
  readonly #drainMs: number;
  readonly #keeper: Keeper;
  readonly #registeredAtMs: number;
  /** Ends the health checks. */
  readonly #over = new AbortController();
  #described: InstanceDescription;
  #status: InstanceStatus;
  #closing: Promise<void> | undefined;

  private constructor(
    parts: RegistrationParts,
    described: InstanceDescription,
    status: InstanceStatus,
    { drainMs = defaultDrainMs, takeover = false }: RegisterOptions,
  ) {
    const { context, format, key, name, id } = parts;
    this.name = name;
    this.id = id;
    this.#parts = parts;
    this.#described = described;
    this.#status = status;
    this.#drainMs = drainMs;
    this.#registeredAtMs = context.runtime.wallClock();
    this.#assertSize(publishedOf(described, status));
    const isOfDead = ({ value }: { readonly value: Bytes }) => isGone(registrantIn(format, value));
    const claim = new Claim(context, { key, takeover, isGone: isOfDead });
    const wanted = () => this.#encoded(publishedOf(this.#described, this.status));
    this.#keeper = keep(
      context,
      { key, claim, wanted, taken: () => this.#duplicate(), closed: () => this.#closed() },
      takeover,
    );
  }

  /** Asks for the health, registers, and resolves when the store shows the instance. */
  static begin(
    parts: RegistrationParts,
    described: InstanceDescription,
    options: RegisterOptions,
  ): Promise<Registration> {
    const { context, name, id } = parts;
    assertOptions(options);
    const timeout = () =>
      new TimeoutError(
        `The instance ${JSON.stringify(id)} of ${JSON.stringify(name)} could not be registered in time.`,
        {
          operation: "discovery.register",
          key: name,
          cause: context.trouble(),
        },
      );
    return waiting(context.runtime, { ...options, timeout }, async (wait) => {
      wait.endOn((end) => context.onClosing(() => end(closedError())));
      wait.throwIfOver();
      const status = await wait.race(checked(context, name, options, wait.signal));
      const registration = new Registration(parts, described, status, options);
      try {
        await wait.race(registration.#keeper.publish({ timeout }));
        wait.throwIfOver();
        registration.#keeper.establish();
      } catch (error) {
        void registration.#leave(0);
        throw error;
      }
      registration.#live(options);
      return registration;
    });
  }

  /** As it is published, or would be, were the store in reach. */
  get status(): InstanceStatus {
    return this.#closing ? "draining" : this.#status;
  }

  /** Whether the store shows it, as far as is known. `false` too while another one has its id: it comes back when that one goes. */
  get registered(): boolean {
    return this.#keeper.held;
  }

  /**
   * Changes what is published, in place: whoever looks sees the instance before or after, and never none. Resolves when it is in the store.
   *
   * @throws UsageError, ValueTooLargeError, ClosedError; TimeoutError after `waitMs`, but the change is made once the store is in reach
   */
  async update(update: InstanceUpdate, wait: WaitOptions = {}): Promise<void> {
    if (this.#closing) throw this.#closed();
    const { status = this.#status, ...changed } = copyOf(update);
    const described = { ...this.#described, ...changed };
    this.#assertSize(publishedOf(described, status));
    this.#described = described;
    this.#status = status;
    const timeout = () =>
      new TimeoutError(
        `The change of ${JSON.stringify(this.id)} was not made in time; it is once the store is in reach.`,
        {
          operation: "registration.update",
          key: this.name,
          cause: this.#parts.context.trouble(),
        },
      );
    await this.#keeper.publish({ ...wait, timeout });
  }

  /**
   * Shows the instance as draining, waits `drainMs`, and removes it. Final: nothing brings it back. Idempotent; never rejects but for what
   * `drainMs` can't be. Where the store is out of reach it resolves when the session is over, which takes the entry along.
   */
  async close({ drainMs = this.#drainMs }: { readonly drainMs?: number | undefined } = {}): Promise<void> {
    assertDuration("drainMs", drainMs);
    return this.#leave(drainMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #live(options: RegisterOptions): void {
    const { context, name } = this.#parts;
    const leave = context.onClosing(() => void this.#leave(this.#drainMs));
    void this.#keeper.ended.then(() => {
      leave();
      void this.#leave(0); // replaced by another handle of this client
    });
    void checkAgain(context, name, options, this.#over.signal, (status) => {
      if (status === this.#status) return;
      this.#status = status;
      this.#keeper.change();
    });
  }

  #leave(drainMs: number): Promise<void> {
    if (!this.#closing) {
      this.#over.abort("closed");
      this.#keeper.stay();
      const left = Promise.resolve().then(() => this.#drain(drainMs));
      this.#closing = this.#parts.context.track(left);
    }
    return this.#closing;
  }

  /** Also one that goes at once says so first: views tell by it who left on purpose. */
  async #drain(drainMs: number): Promise<void> {
    const { runtime } = this.#parts.context;
    if (this.#keeper.held && this.#keeper.established) {
      const untilMs = runtime.now() + drainMs;
      const told = this.#keeper.publish({ waitMs: Math.max(drainMs, farewellMs), timeout: closedError });
      await told.catch(() => {});
      const ended = new AbortController();
      void this.#keeper.ended.then(() => ended.abort("ended"));
      await pause(runtime, untilMs - runtime.now(), ended.signal);
    }
    await this.#keeper.leave();
  }

  #encoded(published: Published): Bytes | undefined {
    const { name, id } = this;
    const writer = { name, id, registrant: thisRegistrant, registeredAtMs: this.#registeredAtMs };
    return this.#parts.format.encode(published, writer);
  }

  #assertSize(published: Published): void {
    const { name, maxValueBytes } = this.#parts.context.store.traits;
    const bytes = this.#encoded(published)?.byteLength ?? 0;
    if (bytes <= maxValueBytes) return;
    throw new ValueTooLargeError(
      `The instance ${JSON.stringify(this.id)} takes ${bytes} bytes; ${name} takes ${maxValueBytes} at most. Publish less metadata.`,
      { operation: "discovery.register", key: this.name },
    );
  }

  #closed(): ClosedError {
    const how = this.#keeper.replaced
      ? "replaced by another one of this client: use that one."
      : "closed. Register it again to go on.";
    return closedBy(this.#parts.context, `The registration of ${JSON.stringify(this.id)} was ${how}`);
  }

  #duplicate(): DuplicateInstanceError {
    return new DuplicateInstanceError(
      `${JSON.stringify(this.name)} has an instance ${JSON.stringify(this.id)} already, whose session lives. Choose another \`id\`, or pass \`takeover: true\` to replace it.`,
      { operation: "discovery.register", key: this.name },
    );
  }
}

function assertOptions(options: RegisterOptions): void {
  for (const option of ["drainMs", "checkIntervalMs", "checkTimeoutMs"] as const)
    assertDuration(option, options[option]);
}

function registrantIn(format: Format, value: Bytes) {
  try {
    return format.decode(value)?.registrant;
  } catch {
    return undefined; // written by somebody else
  }
}

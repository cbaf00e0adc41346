import {
  pause,
  type Runtime,
  type SessionEvents,
  type Store,
  UnavailableError,
  UnknownOutcomeError,
} from "@coord/core/spi";

/** What a plan does to one call. A lost request has no effect; a lost reply has, but the caller is not told. */
export type Fault =
  | "lose-request"
  | "lose-reply"
  /** The connection breaks under the call, which takes effect. */
  | "disconnect"
  /** The store ends every session of this client before the call arrives. */
  | "expire"
  | { readonly delayMs: number };

export type FaultyVerb = "openSession" | "get" | "list" | "directories" | "commit" | "contend";

/** Decides call by call, counted from 0. */
export type FaultPlan = (call: number, verb: FaultyVerb) => Fault | undefined;

/**
 * A store that fails as planned, on any store: production code has no hook for it. Watches and followings pass; to trouble
 * them, trouble the network.
 */
export function faulty(store: Store, runtime: Runtime, plan: FaultPlan): Store {
  const sessions = new Map<string, { readonly events: SessionEvents; readonly end: () => Promise<void> }>();
  let calls = 0;

  const expireAll = async () => {
    await Promise.all([...sessions.values()].map(({ end }) => end()));
    for (const { events } of sessions.values()) events.expired();
    sessions.clear();
  };

  const troubled = async <T>(verb: FaultyVerb, call: () => Promise<T>): Promise<T> => {
    const fault = plan(calls, verb);
    calls += 1;
    if (fault === undefined) return call();
    if (typeof fault === "object") await pause(runtime, fault.delayMs);
    if (fault === "lose-request") throw new UnavailableError(`${verb} was not sent`, { operation: verb });
    if (fault === "expire") await expireAll();
    const answer = await call();
    if (fault === "disconnect") for (const { events } of sessions.values()) events.disconnected();
    if (fault === "lose-reply" || fault === "disconnect") throw lost(verb);
    return answer;
  };

  return {
    ...store,
    openSession: (options) =>
      troubled("openSession", async () => {
        const session = await store.openSession(options);
        sessions.set(session.id, { events: options.events, end: () => session.close() });
        return session;
      }),
    get: (key, options) => troubled("get", () => store.get(key, options)),
    list: (under, options) => troubled("list", () => store.list(under, options)),
    directories: (under, options) => troubled("directories", () => store.directories(under, options)),
    commit: (commit, options) => troubled("commit", () => store.commit(commit, options)),
    contend: (line, ticket, options) => troubled("contend", () => store.contend(line, ticket, options)),
  };
}

/** As a store would say it: what changes nothing when repeated is merely unavailable. */
const lost = (verb: FaultyVerb) =>
  verb === "commit" || verb === "contend"
    ? new UnknownOutcomeError(`the answer to ${verb} was lost`, { operation: verb })
    : new UnavailableError(`the answer to ${verb} was lost`, { operation: verb });

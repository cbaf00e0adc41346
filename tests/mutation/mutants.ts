// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are pieces of source

/** A deliberate break of the source: what is written, what stands there instead, and what a user would suffer from it. */
export interface Mutant {
  readonly name: string;
  /** Below `packages/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Breaks of the reference store: what a careless backend would do. */
const store: readonly Mutant[] = [
  {
    name: "a guard is dropped",
    file: "memory/src/state.ts",
    from: "for (const guard of guards) this.#assertGuard(guard);",
    to: "void guards;",
  },
  {
    name: "a conditional write is not checked",
    file: "memory/src/state.ts",
    from: "for (const write of writes) this.#assertWritable(write);",
    to: "",
  },
  {
    name: "a commit is checked and applied write by write",
    file: "memory/src/state.ts",
    from: `    for (const write of writes) this.#assertWritable(write);
    if (writes.length > 0) this.#revision += 1n;
    const entries = writes.map((write) => this.#apply(write));`,
    to: `    if (writes.length > 0) this.#revision += 1n;
    const entries = writes.map((write) => (this.#assertWritable(write), this.#apply(write)));`,
  },
  {
    name: "a version is reused",
    file: "memory/src/state.ts",
    from: "version: String(this.#revision),\n      order: this.#revision,",
    to: 'version: "1",\n      order: this.#revision,',
  },
  {
    name: "a token is reused",
    file: "memory/src/state.ts",
    from: "      order: this.#revision,\n",
    to: "      order: BigInt(this.#directories.get(parentOf(key))?.size ?? 0) + 1n,\n",
  },
  {
    name: "an update makes a new order",
    file: "memory/src/state.ts",
    from: "return this.#store({ ...found, value: new Uint8Array(value), version: String(this.#revision) });",
    to: "return this.#store({ ...found, value: new Uint8Array(value), version: String(this.#revision), order: this.#revision });",
  },
  {
    name: "a put frees an entry of its session",
    file: "memory/src/state.ts",
    from: "return this.#store({ ...found, value: new Uint8Array(value), version: String(this.#revision) });",
    to: "return this.#store({ ...found, session: undefined, value: new Uint8Array(value), version: String(this.#revision) });",
  },
  {
    name: "a value is shared with its reader",
    file: "memory/src/state.ts",
    from: "const copy = (entry: Entry): Entry => ({ ...entry, value: new Uint8Array(entry.value) });",
    to: "const copy = (entry: Entry): Entry => entry;",
  },
  {
    name: "the list is not sorted",
    file: "memory/src/state.ts",
    from: ".map(copy).sort(byKey)",
    to: ".map(copy)",
  },
  {
    name: "an event is lost when a session ends",
    file: "memory/src/state.ts",
    from: "    this.#subscriptions.notify(keys);",
    to: "",
  },
  {
    name: "every other event is lost",
    file: "memory/src/subscriptions.ts",
    from: "for (const subscriber of concerned) subscriber.changed();",
    to: "for (const subscriber of concerned) if ((lost = !lost)) subscriber.changed();\n  }\n}\nlet lost = false;\nclass Unused {\n  unused() {",
  },
  {
    name: "entries outlive their session",
    file: "memory/src/state.ts",
    from: "for (const key of keys) this.#delete(key);",
    to: "",
  },
  {
    name: "a session ends before its ttl",
    file: "memory/src/state.ts",
    from: "if (session) session.expiresAtMs = this.#runtime.now() + session.ttlMs;",
    to: "if (session) session.expiresAtMs = this.#runtime.now() + session.ttlMs * 0.8;",
  },
  {
    name: "a session never ends by itself",
    file: "memory/src/state.ts",
    from: "if (this.#runtime.now() >= session.expiresAtMs) this.endSession(session.id);",
    to: "if (this.#runtime.now() >= session.expiresAtMs) return;",
  },
  {
    name: "a request of a connection that was given up still counts",
    file: "memory/src/server.ts",
    from: "if (newest && newest.number > connection.number) return false;",
    to: "",
  },
  {
    name: "a repeated ticket makes a second place",
    file: "memory/src/contend.ts",
    from: "`${kind}-${id}`",
    to: "`${kind}-${id}${Math.random().toString(36).slice(2)}`",
  },
  {
    name: "nobody is ahead",
    file: "memory/src/contend.ts",
    from: "entry.session !== undefined && entry.order < order",
    to: "entry.session !== undefined && entry.order < 0n && order",
  },
  {
    name: "entries without a session stand in line",
    file: "memory/src/contend.ts",
    from: "entry.session !== undefined && entry.order < order",
    to: "entry.order < order",
  },
  {
    name: "a place without its entry counts as present",
    file: "memory/src/contend.ts",
    from: "present: state.get(mine.key)?.order === mine.order,",
    to: "present: true,",
  },
  {
    name: "a watch doesn't look again after its connection was given up",
    file: "memory/src/watch.ts",
    from: "      while (!this.#ended) {\n        const number",
    to: "      for (let once = true; once; once = false) {\n        const number",
  },
  {
    name: "a watch goes back in time",
    file: "memory/src/watch.ts",
    from: "if (seen.revision < known || (",
    to: "if ((",
  },
  {
    name: "a watch that is blind says nothing",
    file: "memory/src/watch.ts",
    from: "if (this.#last) this.shown.push({ ...this.#last, stale: true });",
    to: "",
  },
  {
    name: "a silent server is not noticed by a watch",
    file: "memory/src/watch.ts",
    from: 'if (!this.#ended) await this.#connection.call("ping", {}).catch(() => {});',
    to: "",
  },
  {
    name: "a following doesn't follow the next one in the way",
    file: "memory/src/watch.ts",
    from: "return keys.some((key) => !before.includes(key));",
    to: "return keys.length < 0 && before.length < 0;",
  },
  {
    name: "a following is woken by the whole line",
    file: "memory/src/server.ts",
    from: "[place.mine.key, ...keys].map((key) => ({ key })),",
    to: "[{ under: place.line }, ...keys.map((key) => ({ key }))],",
  },
  {
    name: "a watch leaves its subscription behind",
    file: "memory/src/server.ts",
    from: "for (const subscription of [...this.#subscriptions.keys()]) this.#unsubscribe(subscription);",
    to: "",
  },
  {
    name: "an expiry is not reported",
    file: "memory/src/session.ts",
    from: "    this.#events.expired();",
    to: "",
  },
  {
    name: "a disconnection is not reported",
    file: "memory/src/session.ts",
    from: "this.#events.disconnected();",
    to: "",
  },
  {
    name: "a renewal counts from its answer",
    file: "memory/src/session.ts",
    from: "this.#events.renewed(sentAtMs);",
    to: "this.#events.renewed(this.#runtime.now());",
  },
  {
    name: "a session counts from the answer to its opening",
    file: "memory/src/store.ts",
    from: "{ id, ttlMs, sentAtMs }, events",
    to: "{ id, ttlMs, sentAtMs: runtime.now() }, events",
  },
  {
    name: "a lost answer is reported as not happened",
    file: "memory/src/connection.ts",
    from: 'const ambiguous: readonly Verb[] = ["commit", "contend"];',
    to: "const ambiguous: readonly Verb[] = [];",
  },
  {
    name: "a connection that was refused is an unknown outcome",
    file: "memory/src/connection.ts",
    from: 'error instanceof LinkError && error.arrived === "no"',
    to: "false",
  },
  {
    name: "pending calls outlive close()",
    file: "memory/src/connection.ts",
    from: "for (const lose of [...this.#underWay]) lose();",
    to: "if (!this.#closed) for (const lose of [...this.#underWay]) lose();",
  },
];

/** Breaks of the session and its clock. */
const session: readonly Mutant[] = [
  {
    name: "the deadline leaves no margin",
    file: "core/src/deadline.ts",
    from: "ttlMs * (1 - rateAllowance) - slackMs(ttlMs);",
    to: "ttlMs;",
  },
  {
    name: "a late answer revives a session",
    file: "core/src/deadline.ts",
    from: "if (!this.passed) this.#atMs",
    to: "this.#passed = false;\n    this.#atMs",
  },
  {
    name: "a hold doesn't look at the clock",
    file: "core/src/grant.ts",
    from: "const loss = this.#over ? undefined : this.#contender.session.loss;",
    to: "const loss = undefined as never;",
  },
  {
    name: "no timer watches the deadline",
    file: "core/src/deadline.ts",
    from: "() => this.passed || this.#arm()",
    to: "() => {}",
  },
  {
    name: "a session that is granted too late is handed out",
    file: "core/src/session-keeper.ts",
    from: "if (!session.alive) {",
    to: "if (ttlMs < 0) {",
  },
  {
    name: "a lost session is not given back",
    file: "core/src/session-keeper.ts",
    from: "    this.#giveBack(session.stored);\n    this.#reopen();",
    to: "    this.#reopen();",
  },
  {
    name: "a client doesn't come back after a loss",
    file: "core/src/session-keeper.ts",
    from: "    this.#reopen();\n    this.#enter",
    to: "    this.#enter",
  },
  {
    name: "the state is never suspended",
    file: "core/src/session-keeper.ts",
    from: 'this.#enter("suspended");',
    to: "{}",
  },
  {
    name: "the own entry is not watched",
    file: "core/src/grant.ts",
    from: "() => void this.#watchOwnEntry()",
    to: "() => {}",
  },
  {
    name: "a release that is under way can be lost",
    file: "core/src/grant.ts",
    from: "    this.#end();\n    return (await",
    to: "    return (await",
  },
];

/** Breaks of the waiting line. */
const line: readonly Mutant[] = [
  {
    name: "a win is not verified by the own entry",
    file: "core/src/contender.ts",
    from: "if (!standing.present) throw await this.#gone(place, wait);",
    to: "",
  },
  {
    name: "a stale standing counts",
    file: "core/src/contender.ts",
    from: "if (standing.stale) continue;",
    to: "if (standing.stale) return;",
  },
  {
    name: "a removed place is taken for a removal while the session is over",
    file: "core/src/contender.ts",
    from: "await wait.race(known);",
    to: "",
  },
  {
    name: "a cancelled wait goes on",
    file: "core/src/wait.ts",
    from: "if (this.#end) throw this.#end.reason;",
    to: "",
  },
  {
    name: "a wait doesn't end",
    file: "core/src/wait.ts",
    from: "for (const reject of [...this.#racing]) reject(reason);",
    to: "",
  },
  {
    name: "a cancelled wait doesn't leave the line",
    file: "core/src/line.ts",
    from: "    void contender.leave(); // in the background",
    to: "    // in the background",
  },
  {
    name: "a try leaves its place in line",
    file: "core/src/line.ts",
    from: "await wait.race(contender.leave())",
    to: "await wait.race(Promise.resolve())",
  },
  {
    name: "an attempt whose answer was lost is forgotten",
    file: "core/src/contender.ts",
    from: "if (!this.#place && !this.#unsettled)",
    to: "if (!this.#place)",
  },
  {
    name: "leaving doesn't wait for the attempt under way",
    file: "core/src/contender.ts",
    from: "await this.#standing?.catch(() => {});",
    to: "",
  },
  {
    name: "leaving is tried once",
    file: "core/src/contender.ts",
    from: "{ signal: lost.signal, when: isTransient }",
    to: "{ signal: lost.signal, when: () => false }",
  },
  {
    name: "standing in line is tried once",
    file: "core/src/contender.ts",
    from: "when: (error) => isTransient(error) && !this.#leaving && this.session.alive,",
    to: "when: () => false,",
  },
  {
    name: "every attempt has a ticket of its own",
    file: "core/src/contender.ts",
    from: "{ id: this.#id,",
    to: "{ id: this.#context.runtime.uniqueId(),",
  },
  {
    name: "the calls of a client overtake each other",
    file: "core/src/coord.ts",
    from: "const result = before ? before.then(work) : work();",
    to: "const result = work();",
  },
  {
    name: "other kinds are let stand in the line",
    file: "core/src/contender.ts",
    from: "if (!other) return;",
    to: "if (kind) return;",
  },
  {
    name: "requeueing forgets the time that has passed",
    file: "core/src/line.ts",
    from: "waitMs: Math.max(0, untilMs - context.runtime.now())",
    to: "waitMs: options.waitMs",
  },
  {
    name: "a waiter doesn't hear of its session's loss",
    file: "core/src/line.ts",
    from: "wait.endOn((end) => session.onLost(end));",
    to: "",
  },
  {
    name: "close() doesn't end waits",
    file: "core/src/line.ts",
    from: "wait.endOn((end) => context.onClosing(() => end(closedError())));",
    to: "",
  },
  {
    name: "close() doesn't wait for bodies",
    file: "core/src/coord.ts",
    from: "while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);",
    to: "",
  },
  {
    name: "close() keeps the session",
    file: "core/src/coord.ts",
    from: "(signal) => this.#keeper.revoke(signal)",
    to: "async () => {}",
  },
];

/** Breaks of the lock, of names and of what surrounds them. */
const lock: readonly Mutant[] = [
  {
    name: "everybody waits for the holder",
    file: "lock/src/mutex.ts",
    from: "ahead.slice(-1)",
    to: "ahead.slice(0, 1)",
  },
  {
    name: "a loss in a body is not told",
    file: "core/src/body.ts",
    from: "if (hold.lost) throw withSuppressed(hold.signal.reason, outcome);",
    to: "",
  },
  {
    name: "a loss hides the body's error",
    file: "core/src/body.ts",
    from: "loss.suppressed = outcome.error;",
    to: "loss.suppressed = undefined;",
  },
  {
    name: "the lock is not kept for the time asked for",
    file: "core/src/body.ts",
    from: "await linger?.();",
    to: "",
  },
  {
    name: "a nested acquire waits for itself",
    file: "core/src/flow.ts",
    from: "holding.owner === owner && holding.line === line",
    to: "false",
  },
  {
    name: "what a body left running still holds its lock",
    file: "core/src/flow.ts",
    from: " && !holding.hold.over",
    to: "",
  },
  {
    name: "the first release of two ends both holds",
    file: "core/src/grant.ts",
    from: 'if (this.#shares > 0) return "released";',
    to: "",
  },
  {
    name: "a listener that throws stops the others",
    file: "core/src/events.ts",
    from: "        report(error);\n      }",
    to: "        throw error;\n      }",
  },
  {
    name: "a name is not escaped",
    file: "core/src/key.ts",
    from: "segment.replace(notPortable, percentEncode)",
    to: "segment",
  },
  {
    name: "two names share a key",
    file: "core/src/key.ts",
    from: "const notPortable = /[%",
    to: "const notPortable = /[",
  },
  {
    name: "a namespace lets others in",
    file: "core/src/namespace.ts",
    from: "const inside = (key: Key): Key => joinKey(prefix, key);",
    to: 'const inside = (key: Key): Key => joinKey(prefix.split("/")[0] ?? "", key);',
  },
  {
    name: "an oversized value is sent",
    file: "core/src/checked.ts",
    from: "if (value.byteLength <= maxValueBytes) return;",
    to: "if (value.byteLength <= 2 * maxValueBytes) return;",
  },
  {
    name: "what another program wrote is trusted",
    file: "core/src/owner.ts",
    from: "} catch {\n    return undefined;",
    to: "} catch (error) {\n    throw error;",
  },
];

/** Breaks that a review thought of. */
const reviewed: readonly Mutant[] = [
  {
    name: "the loss is announced before holds hear of it",
    file: "core/src/session.ts",
    from: "    const listeners = [...this.#listeners];",
    to: "    this.#announce(this.#loss);\n    const listeners = [...this.#listeners];",
  },
  {
    name: "a hold doesn't look at the session's loss",
    file: "core/src/grant.ts",
    from: "if (loss) this.#sessionLost(loss);",
    to: "",
  },
  {
    name: "a following shows nothing while it is blind to the connection",
    file: "memory/src/watch.ts",
    from: "if (this.#stale) return;\n    this.#stale = true;",
    to: "return;",
  },
  {
    name: "an entry remembers a session that it was removed from",
    file: "memory/src/state.ts",
    from: "if (session !== undefined) this.#sessions.get(session)?.keys.delete(key);",
    to: "",
  },
  {
    name: "only the first of several in the way is watched",
    file: "memory/src/server.ts",
    from: "[place.mine.key, ...keys].map(",
    to: "[place.mine.key, ...keys.slice(0, 1)].map(",
  },
  {
    name: "another entry under the own key counts as the own",
    file: "memory/src/contend.ts",
    from: "state.get(mine.key)?.order === mine.order",
    to: "state.get(mine.key) !== undefined",
  },
  {
    name: "a conflict shows the namespace",
    file: "core/src/namespace.ts",
    from: "new ConflictError(outside(error.key),",
    to: "new ConflictError(error.key,",
  },
  {
    name: "a key in a guard is not checked",
    file: "core/src/checked.ts",
    from: "for (const guard of guards) assertKey(guarded(guard));",
    to: "void guarded;",
  },
  {
    name: "a lock of another client is taken for a nested one",
    file: "core/src/flow.ts",
    from: "holding.owner === owner && ",
    to: "owner !== undefined && ",
  },
];

export const mutants: readonly Mutant[] = [...store, ...session, ...line, ...lock, ...reviewed];

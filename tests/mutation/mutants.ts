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
    from: `      for (const write of writes) this.#assertWritable(write);
      const revision = writes.length > 0 ? this.#tables.advance() : this.revision;
      const entries = writes.map((write) => this.#apply(write, revision));`,
    to: `      const revision = writes.length > 0 ? this.#tables.advance() : this.revision;
      const entries = writes.map((write) => (this.#assertWritable(write), this.#apply(write, revision)));`,
  },
  {
    name: "a version is reused",
    file: "memory/src/state.ts",
    from: "version: String(revision),\n      order: revision,",
    to: 'version: "1",\n      order: revision,',
  },
  {
    name: "a token is reused",
    file: "memory/src/state.ts",
    from: "      order: revision,\n",
    to: '      order: BigInt(this.#tables.children(key.split("/").slice(0, -1).join("/")).length) + 1n,\n',
  },
  {
    name: "an update makes a new order",
    file: "memory/src/state.ts",
    from: "return this.#put({ ...found, value: new Uint8Array(value), version: String(revision) });",
    to: "return this.#put({ ...found, value: new Uint8Array(value), version: String(revision), order: revision });",
  },
  {
    name: "a put frees an entry of its session",
    file: "memory/src/state.ts",
    from: "return this.#put({ ...found, value: new Uint8Array(value), version: String(revision) });",
    to: "return this.#put({ ...found, session: undefined, value: new Uint8Array(value), version: String(revision) });",
  },
  {
    name: "a value is shared with its reader",
    file: "memory/src/state.ts",
    from: "const copy = (entry: Entry): Entry => ({ ...entry, value: new Uint8Array(entry.value) });",
    to: "const copy = (entry: Entry): Entry => entry;",
  },
  {
    name: "the list is not sorted",
    file: "memory/src/tables.ts",
    from: ".sort(byKey)",
    to: "",
  },
  {
    name: "an event is lost when a session ends",
    file: "memory/src/state.ts",
    from: "for (const key of keys) this.#tables.remove(key);",
    to: "for (const key of keys) this.#tables.remove(key);\n      this.#tables.written();",
  },
  {
    name: "every other event is lost",
    file: "memory/src/subscriptions.ts",
    from: "for (const [subscriber, revision] of concerned) subscriber.changed(revision);",
    to: 'for (const [subscriber, revision] of concerned) if (Reflect.set(globalThis, "lost", !globalThis.lost) && globalThis.lost) subscriber.changed(revision);',
  },
  {
    name: "entries outlive their session",
    file: "memory/src/state.ts",
    from: "for (const key of keys) this.#tables.remove(key);",
    to: "",
  },
  {
    name: "a session ends before its ttl",
    file: "memory/src/state.ts",
    from: "expiresAtMs: this.#runtime.now() + session.ttlMs })",
    to: "expiresAtMs: this.#runtime.now() + session.ttlMs * 0.8 })",
  },
  {
    name: "a session never ends by itself",
    file: "memory/src/state.ts",
    from: "if (this.#closed) return;\n    const isDue",
    to: "if (this.#closed || this.#due) return;\n    const isDue",
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
    to: "if (standing.stale) return true;",
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
    from: "return { signal: lost.signal, when: isTransient };",
    to: "return { signal: lost.signal, when: () => false };",
  },
  {
    name: "standing in line is tried once",
    file: "core/src/contender.ts",
    from: "const when = (error: unknown) => isTransient(error) && !this.#leaving && this.session.alive;",
    to: "const when = () => false;",
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
    from: "({ keeper }) => keeper.revoke(signal)",
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
    from: "if (hold.loss) throw withSuppressed(hold.loss, outcome);",
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
    file: "core/src/json.ts",
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
    file: "memory/src/tables.ts",
    from: "if (session !== undefined) this.#bound.get(session)?.delete(key);",
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
    from: "for (const guard of guards) assertKey(guardedKey(guard));",
    to: "void guardedKey;",
  },
  {
    name: "a lock of another client is taken for a nested one",
    file: "core/src/flow.ts",
    from: "holding.owner === owner && ",
    to: "owner !== undefined && ",
  },
];

/** Breaks of read-write locks, semaphores and locks taken together. */
const locks: readonly Mutant[] = [
  {
    name: "a reader overtakes a waiting writer",
    file: "lock/src/read-write-lock.ts",
    from: "const writer = ahead.findLast(mayWrite);",
    to: "const writer = ahead.slice(0, 1).find(mayWrite);",
  },
  {
    name: "a writer waits for writers alone",
    file: "lock/src/read-write-lock.ts",
    from: 'return { ...this.sideFor("write"), blockers: (ahead) => ahead.slice(-1),',
    to: 'return { ...this.sideFor("write"), blockers: (ahead) => ahead.filter(mayWrite).slice(-1),',
  },
  {
    name: "a downgrade is seen by nobody",
    file: "lock/src/read-write-lock.ts",
    from: 'return entry !== undefined && modeOf(entry) === "read";',
    to: "return entry === undefined;",
  },
  {
    name: "every writer is taken for one that reads",
    file: "lock/src/read-write-lock.ts",
    from: 'return entry !== undefined && modeOf(entry) === "read";',
    to: "return entry !== undefined;",
  },
  {
    name: "a downgrade under nested holds",
    file: "lock/src/read-write-lock.ts",
    from: "if (this.#grant.shared)",
    to: "if (!this.#grant)",
  },
  {
    name: "read to write by `within`",
    file: "lock/src/read-write-lock.ts",
    from: "if (parent instanceof ReadHold && parent.name === this.name)",
    to: "if (!parent)",
  },
  {
    name: "who is not understood is taken for a reader",
    file: "lock/src/read-write-lock.ts",
    from: 'return shown?.mode === "read" ? "read" : "write";',
    to: 'return shown?.mode === "write" ? "write" : "read";',
  },
  {
    name: "weights of others are forgotten",
    file: "lock/src/semaphore.ts",
    from: "taken += weightIn(ahead[first]?.kind);",
    to: "taken += 1;",
  },
  {
    name: "the own weight is shown to nobody",
    file: "lock/src/semaphore.ts",
    from: "kind: kindOf(weight),",
    to: "kind: kindOf(1),",
  },
  {
    name: "a limit that was lowered is not looked at",
    file: "lock/src/semaphore.ts",
    from: "const limit = await this.#limit.read();",
    to: "const limit = this.#limit.known;",
  },
  {
    name: "nobody hears that the limit was raised",
    file: "lock/src/semaphore.ts",
    from: "onChange: (changed) => this.#limit.onChange(changed),",
    to: "",
  },
  {
    name: "a following is not begun anew when the limit has changed",
    file: "core/src/contender.ts",
    from: '        following.abort("changed");\n',
    to: "",
  },
  {
    name: "a permit that comes back wakes all",
    file: "lock/src/semaphore.ts",
    from: "if (taken > limit) return ahead.slice(first);",
    to: "if (taken > limit) return ahead;",
  },
  {
    name: "who asks for more than there are waits for ever",
    file: "lock/src/semaphore.ts",
    from: "if (weight <= limit) return",
    to: "if (weight > 0) return",
  },
  {
    name: "a flow waits for the permits that it holds",
    file: "lock/src/semaphore.ts",
    from: "if (own > 0 && own + weight > this.#limit.known)",
    to: "if (own < 0)",
  },
  {
    name: "another limit is let pass",
    file: "lock/src/stored-limit.ts",
    from: "if (asked === undefined || asked === stored) return;",
    to: "if (stored > 0) return;",
  },
  {
    name: "locks are taken in the order in which they were named",
    file: "lock/src/lock-all.ts",
    from: ".toSorted(([a], [b]) => (a < b ? -1 : 1))",
    to: "",
  },
  {
    name: "what was had is kept when the rest can't be",
    file: "lock/src/lock-all.ts",
    from: "    void releaseInReverse(taken);\n",
    to: "",
  },
  {
    name: "each of several locks has the whole time",
    file: "lock/src/lock-all.ts",
    from: "Math.max(0, untilMs - runtime.now())",
    to: "waitMs",
  },
  {
    name: "the loss of one of several is not told",
    file: "lock/src/lock-all.ts",
    from: "onAbort(hold.signal, (loss) => this.#lose(loss));",
    to: "void hold;",
  },
  {
    name: "one of several is lost while the rest is waited for",
    file: "lock/src/lock-all.ts",
    from: "      leaves.push(onAbort(hold.signal, (loss) => giveUp.abort(loss)));\n",
    to: "",
  },
  {
    name: "several locks are lost after their release",
    file: "lock/src/lock-all.ts",
    from: "if (!this.#releasing) this.#controller?.abort(loss);",
    to: "this.#controller?.abort(loss);",
  },
  {
    name: "the manager counts requests that are over",
    file: "lock/src/lock-manager.ts",
    from: "      count(-1);\n",
    to: "",
  },
  {
    name: "entries of other programs are not counted",
    file: "lock/src/contestants.ts",
    from: "foreign: foreign.length",
    to: "foreign: 0",
  },
];

/** Breaks of what recipes share to change an entry, and of elections. */
const election: readonly Mutant[] = [
  {
    name: "a conflict is not tried again",
    file: "core/src/revise.ts",
    from: '(isTransient(error) || CoordError.is(error, "CONFLICT")) && when()',
    to: "isTransient(error) && when() && CoordError.is(error)",
  },
  {
    name: "a change whose answer was lost is not read again",
    file: "core/src/revise.ts",
    from: '(isTransient(error) || CoordError.is(error, "CONFLICT")) && when()',
    to: 'CoordError.is(error, "CONFLICT") && when() && !isTransient(error)',
  },
  {
    name: "proclamations overtake each other",
    file: "core/src/grant.ts",
    from: "const written = (this.#rewriting ?? Promise.resolve()).then(async () => {",
    to: "const written = Promise.resolve().then(async () => {",
  },
  {
    name: "a suspended leader that is strict leads on",
    file: "core/src/grant.ts",
    from: "if (rules.strict) this.#loseWhenSuspended();",
    to: "",
  },
  {
    name: "a strict leader that has lost stays in line",
    file: "core/src/grant.ts",
    from: "if (this.#shares <= 0 && this.#rules.strict) void this.#contender.leave();",
    to: "",
  },
  {
    name: "an old leader is shown as fresh",
    file: "election/src/observing.ts",
    from: "{ ...first, stale }",
    to: "{ ...first, stale: false }",
  },
  {
    name: "an observer is told of every candidate",
    file: "election/src/observing.ts",
    from: "if (told === shown || ",
    to: "if (",
  },
  {
    name: "a candidate waits for the leader alone",
    file: "election/src/election.ts",
    from: "blockers: (ahead) => ahead.slice(-1),",
    to: "blockers: (ahead) => ahead.slice(0, 1),",
  },
  {
    name: "the body is not told to stop",
    file: "election/src/election.ts",
    from: "onAbort(signal, (reason) => leadership.stop(reason)),",
    to: "",
  },
  {
    name: "a body that goes on is led for",
    file: "election/src/election.ts",
    from: "    void leadership.release();\n",
    to: "",
  },
  {
    name: "nobody leads again",
    file: "election/src/election.ts",
    from: 'if (!rejoin || signal?.aborted || term.ended === "failed") return term.outcome();',
    to: "if (term.ended) return term.outcome();",
  },
  {
    name: "the body's own error is no end",
    file: "election/src/election.ts",
    from: 'if (!rejoin || signal?.aborted || term.ended === "failed") return term.outcome();',
    to: "if (!rejoin || signal?.aborted) return term.outcome();",
  },
  {
    name: "a plain id is taken for nothing",
    file: "election/src/proposal.ts",
    from: 'data === undefined && !id.startsWith("{") ? id :',
    to: 'data === undefined && id.startsWith("{") ? id :',
  },
];

/** Breaks of barriers. */
const barrier: readonly Mutant[] = [
  {
    name: "a raised barrier lets pass",
    file: "barrier/src/barrier.ts",
    from: "if (!stale && entries.length === 0) return;",
    to: "if (!stale) return;",
  },
  {
    name: "a participant counts as often as it says so",
    file: "barrier/src/count-down-latch.ts",
    from: "if (arrived.includes(participant)) return undefined;",
    to: "",
  },
  {
    name: "a latch of another count is let pass",
    file: "barrier/src/count-down-latch.ts",
    from: "if (count !== this.count)",
    to: "if (count < 0)",
  },
  {
    name: "who gives up says nothing",
    file: "barrier/src/gathering.ts",
    from: "if (!place || !contender.session.alive) return undefined;",
    to: "if (place || contender) return undefined;",
  },
  {
    name: "who runs out of time doesn't hear the verdict",
    file: "barrier/src/gathering.ts",
    from: "        if (verdict) return verdict;\n        contender",
    to: "        contender",
  },
  {
    name: "who is cut off waits for a verdict that can't come",
    file: "barrier/src/gathering.ts",
    from: "await orLoss(contender.session, givingUp)",
    to: "await givingUp",
  },
  {
    name: "a cancelled party stays inside",
    file: "barrier/src/gathering.ts",
    from: "((timedOut && verdict) || ",
    to: "(verdict || ",
  },
  {
    name: "parties of any generation count",
    file: "barrier/src/gathering.ts",
    from: "ahead.filter(({ kind }) => kind === this.kindOf(generation))",
    to: "ahead.filter(() => generation >= 0)",
  },
  {
    name: "the next ones gather before the last has left",
    file: "barrier/src/gathering.ts",
    from: "if (!state.busy) return state.generation;",
    to: "if (state) return state.generation;",
  },
  {
    name: "nobody follows the first",
    file: "barrier/src/supervising.ts",
    from: 'if (now?.key !== first.key && options.onLoss === "break") {',
    to: 'if (now?.key !== first.key && options.onLoss !== "break") {',
  },
  {
    name: "the first watches nobody",
    file: "barrier/src/supervising.ts",
    from: 'if (options.onLoss === "break" && seen.some((id) => !ids.includes(id)))',
    to: "if (ids.length < 0)",
  },
  {
    name: "nobody takes the place of the first",
    file: "barrier/src/supervising.ts",
    from: "if (!now) return true;",
    to: "if (!now) return false;",
  },
  {
    name: "another number of parties is let pass",
    file: "barrier/src/state.ts",
    from: "if (state.parties !== parties)",
    to: "if (state.parties < 0)",
  },
  {
    name: "a verdict is passed on whatever generation there is",
    file: "barrier/src/shared-state.ts",
    from: "return state.generation === generation ? change(state) : undefined;",
    to: "return change(state);",
  },
  {
    name: "the first leaves without the others",
    file: "barrier/src/double-barrier.ts",
    from: "await wait.race(untilAlone(gathering, generation, signal));",
    to: "",
  },
  {
    name: "who leaves doesn't wait for the others",
    file: "barrier/src/double-barrier.ts",
    from: "await wait.race(untilAllLeft(gathering, generation, signal));",
    to: "",
  },
  {
    name: "nobody clears the way for the next ones",
    file: "barrier/src/leaving.ts",
    from: "if (!first) return void (await state.clear(generation + 1, { signal }));",
    to: "if (!first) return;",
  },
  {
    name: "another recipe's entry passes for an empty latch",
    file: "barrier/src/count-down-latch.ts",
    from: "if (!isStored(stored))",
    to: "if (!stored)",
  },
  {
    name: "a cyclic barrier joins a double one",
    file: "barrier/src/state.ts",
    from: "if (!isState(state) || state.stays !== stays)",
    to: "if (!isState(state))",
  },
  {
    name: "a verdict of strangers is trusted",
    file: "barrier/src/state.ts",
    from: "past.every(isVerdict)",
    to: "true",
  },
];

/** Breaks of clients on several stores. */
const routes: readonly Mutant[] = [
  {
    name: "a commit over two stores goes to the first",
    file: "core/src/routed.ts",
    from: "const other = keys.find((key) => mountOf(mounts, key) !== mount);",
    to: "const other = keys.find((key) => mountOf(mounts, key) === undefined);",
  },
  {
    name: "the shortest route decides",
    file: "core/src/routed.ts",
    from: "b.at.length - a.at.length",
    to: "a.at.length - b.at.length",
  },
  {
    name: "a route is a prefix of characters",
    file: "core/src/routed.ts",
    from: "key.startsWith(`${at}/`)",
    to: "key.startsWith(at)",
  },
  {
    name: "the children on one of two stores pass for all",
    file: "core/src/routed.ts",
    from: "if (owner && !apart) return owner.store;",
    to: "if (owner) return owner.store;",
  },
  {
    name: "a client is as well off as the best of its sessions",
    file: "core/src/coord.ts",
    from: '["lost", "suspended", "connected"]',
    to: '["connected", "suspended", "lost"]',
  },
  {
    name: "every recipe has the session of the first store",
    file: "core/src/coord.ts",
    from: "at: (key) => mountOf(mounts, key).context,",
    to: "at: () => mounts[0]?.context as RecipeContext,",
  },
];

/** Breaks of shared maps. */
const replica: readonly Mutant[] = [
  {
    name: "a copy that is behind says nothing",
    file: "replica/src/local-copy.ts",
    from: "this.#fresh = fresh;",
    to: "this.#fresh = true;",
  },
  {
    name: "out of sight is empty",
    file: "replica/src/local-copy.ts",
    from: "stale ? this.#contents :",
    to: "stale ? new Contents<T>() :",
  },
  {
    name: "a write resolves before the copy has it",
    file: "replica/src/shared-map.ts",
    from: "await this.#reaches(wait, () => this.revision >= written.revision);\n      return sharedEntry(key, written.entry, this.#values);\n    });\n  }\n\n  /**\n   * Changes",
    to: "return sharedEntry(key, written.entry, this.#values);\n    });\n  }\n\n  /**\n   * Changes",
  },
  {
    name: "what can't be read ends the copy",
    file: "replica/src/contents.ts",
    from: "if (error instanceof ValidationError) return",
    to: "if (error instanceof TypeError) return",
  },
  {
    name: "what was made anew passes for updated",
    file: "replica/src/contents.ts",
    from: "before.order === now.order",
    to: "before.key === now.key",
  },
  {
    name: "another spelling of a key is taken for it",
    file: "replica/src/contents.ts",
    from: "return segmentOf(key) === segment;",
    to: "return segmentOf(key) !== undefined;",
  },
  {
    name: "what is read can be changed",
    file: "replica/src/values.ts",
    from: "return Object.freeze(value);",
    to: "return value;",
  },
  {
    name: "what the schema refuses is written",
    file: "replica/src/values.ts",
    from: "    await this.decoded(bytes, where);\n    return bytes;",
    to: "    return bytes;",
  },
  {
    name: "a version that isn't there any more is written on",
    file: "replica/src/writer.ts",
    from: "if (entry?.version === version) return entry;",
    to: "if (entry) return entry;",
  },
  {
    name: "an update gives up at the first conflict",
    file: "replica/src/writer.ts",
    from: "const attempts = 16;",
    to: "const attempts = 1;",
  },
  {
    name: "what another session owns can be owned",
    file: "replica/src/writer.ts",
    from: "if (!isOurs(found)) throw taken(found);",
    to: "",
  },
  {
    name: "an owned entry stays",
    file: "replica/src/writer.ts",
    from: "{ create: key, value, session: session.stored }",
    to: "{ create: key, value }",
  },
];

/** Breaks of copies and mirrors. */
const mirrors: readonly Mutant[] = [
  {
    name: "a directory that was emptied is still one",
    file: "memory/src/tables.ts",
    from: "if (directory?.delete(key) && directory.size === 0) this.#directories.delete(parent);",
    to: "directory?.delete(key);",
  },
  {
    name: "directories are told of those right above an entry alone",
    file: "core/src/key.ts",
    from: "return slash < 0 ? key : key.slice(0, slash);",
    to: "return slash < 0 ? key : undefined;",
  },
  {
    name: "a service is taken for the name above it",
    file: "discovery/src/discovery.ts",
    from: "const above = new Set(directories.map(parentOf));",
    to: "const above = new Set<string>();",
  },
  {
    name: "new directories are looked for at the start alone",
    file: "mirror/src/tree.ts",
    from: "this.#adjust(await this.#look());\n        await pause",
    to: "if (this.#running.size === 0) this.#adjust(await this.#look());\n        await pause",
  },
  {
    name: "directories that went while nobody mirrored are forgotten",
    file: "mirror/src/tree.ts",
    from: "[from, ledgerOf(this.#root)]",
    to: "[from]",
  },
  {
    name: "the notes of mirrors are copied with all else",
    file: "mirror/src/paths.ts",
    from: "root.at(deeper) !== ledgerName",
    to: 'deeper !== ""',
  },
  {
    name: "what is bound to a session is copied",
    file: "mirror/src/plan.ts",
    from: "entry && !isEphemeral(entry) ? entry : undefined",
    to: "entry",
  },
  {
    name: "what the target has of its own is removed",
    file: "mirror/src/plan.ts",
    from: "return noted ? [...(found ? [{ remove: found }] : []), { remove: noted }] : [];",
    to: "return found ? [{ remove: found }] : [];",
  },
  {
    name: "what was removed in the source stays",
    file: "mirror/src/plan.ts",
    from: "return noted ? [...(found ? [{ remove: found }] : []), { remove: noted }] : [];",
    to: "return [];",
  },
  {
    name: "what was made anew is updated",
    file: "mirror/src/plan.ts",
    from: "if (noted && !isNoted) return [{ remove: found }, { remove: noted }];",
    to: "",
  },
  {
    name: "a mirror begins anew each time",
    file: "mirror/src/reconcile.ts",
    from: "this.#ledger?.read(signal)",
    to: "this.#ledger && new Map<string, Entry>()",
  },
  {
    name: "a batch is larger than a commit",
    file: "mirror/src/writing.ts",
    from: "step.writes.length <= room.writes && bytes <= room.bytes",
    to: "step.writes.length <= 1000",
  },
  {
    name: "a mirror keeps to no rate",
    file: "mirror/src/writing.ts",
    from: "(writes.length / this.#perSecond) * 1_000",
    to: "0",
  },
  {
    name: "the target is never looked at again",
    file: "mirror/src/mirroring.ts",
    from: "if (reached && !this.#news.signal.aborted) this.#reconciler.forget();",
    to: "",
  },
  {
    name: "a difference is none",
    file: "mirror/src/compare.ts",
    from: "same: missing.length + different.length === 0,",
    to: "same: true,",
  },
];

/** Breaks of configuration, and of what views share. */
const config: readonly Mutant[] = [
  {
    name: "a document is written over whatever is there",
    file: "config/src/archive.ts",
    from: "? { update: entry, value: encodeDocument(document) }",
    to: "? { put: entry.key, value: encodeDocument(document) }",
  },
  {
    name: "an update whose answer was lost is done again",
    file: "config/src/archive.ts",
    from: "this.#unsettled = { versions, error }",
    to: "void versions",
  },
  {
    name: "versions begin anew when the entry was removed",
    file: "config/src/archive.ts",
    from: "await this.#lastKept(keys)",
    to: "0",
  },
  {
    name: "the history is never cut",
    file: "config/src/archive.ts",
    from: "outdated < 1 ?",
    to: "outdated < 1e9 ?",
  },
  {
    name: "updates are repeated for ever",
    file: "config/src/archive.ts",
    from: "return this.#conflicts < maxConflicts;",
    to: "return true;",
  },
  {
    name: "what is invalid is passed over in silence",
    file: "config/src/view.ts",
    from: 'if ("issues" in result) return this.#reject(version, result.issues);',
    to: 'if ("issues" in result) return;',
  },
  {
    name: "an equal value is told as a change",
    file: "config/src/view.ts",
    from: "if (before && !same)",
    to: "if (before)",
  },
  {
    name: "nobody is told that the store is out of sight",
    file: "config/src/looking.ts",
    from: "this.#stale = snapshot.stale;",
    to: "this.#stale = false;",
  },
  {
    name: "a state overtakes the one before it",
    file: "config/src/looking.ts",
    from: "    if (this.#busy) return;\n",
    to: "",
  },
  {
    name: "what is read can be written",
    file: "config/src/frozen.ts",
    from: "  Object.freeze(value);\n",
    to: "",
  },
  {
    name: "the history shows secrets",
    file: "config/src/history.ts",
    from: "secrets.masked(value)",
    to: "value",
  },
  {
    name: "an issue quotes a secret",
    file: "config/src/interpreting.ts",
    from: "this.secrets.maskedIssues(result.issues, [below, environment])",
    to: "result.issues",
  },
  {
    name: "what is printed shows secrets",
    file: "config/src/frozen.ts",
    from: "if (secrets.touches(at)) {",
    to: "if (at.length > 9) {",
  },
  {
    name: "variables are always JSON",
    file: "config/src/environment.ts",
    from: "asJson.has(name) ? parsed(text) : undefined",
    to: "parsed(text)",
  },
  {
    name: "the store lies above the environment",
    file: "config/src/interpreting.ts",
    from: "merged(below, environment)",
    to: "merged(environment, below)",
  },
  {
    name: "objects are replaced as a whole",
    file: "config/src/json.ts",
    from: "under === undefined ? part : merged(under, part)",
    to: "part",
  },
  {
    name: "what is written is not validated",
    file: "config/src/writer.ts",
    from: "if (issues.length > 0)",
    to: "if (issues.length > 99)",
  },
  {
    name: "a selection is told of every change",
    file: "config/src/selection.ts",
    from: "    if (isDeepStrictEqual(now, before)) return;\n",
    to: "",
  },
  {
    name: "ifVersion is not looked at",
    file: "config/src/writer.ts",
    from: "assertVersion(keys, base, options.ifVersion);",
    to: "",
  },
  {
    name: "a roll-out is written over",
    file: "config/src/writer.ts",
    from: "        assertNoRollout(keys, base);\n",
    to: "",
  },
  {
    name: "what is abandoned goes back to the old version",
    file: "config/src/rollout.ts",
    from: "version: base.next,",
    to: "",
  },
  {
    name: "a roll-out comes to all at once",
    file: "config/src/document.ts",
    from: "< candidate.share ?",
    to: "< 1 ?",
  },
  {
    name: "an instance isn't shown on its next session",
    file: "config/src/running.ts",
    from: 'session.onLost(() => this.#news.abort("lost"))',
    to: "() => {}",
  },
  {
    name: "of several documents only the first is written",
    file: "config/src/writer.ts",
    from: "const each = changes.map(",
    to: "const each = changes.slice(0, 1).map(",
  },
  {
    name: "each view has a watch of its own",
    file: "core/src/shared-watch.ts",
    from: "ofClient.set(name, watch);",
    to: "",
  },
  {
    name: "whoever comes later sees nothing until the next change",
    file: "core/src/shared-watch.ts",
    from: "    if (this.#last) onlooker.shown(this.#last);\n",
    to: "",
  },
  {
    name: "a watch outlives those who look on",
    file: "core/src/shared-watch.ts",
    from: "if (this.#onlookers.size === 0) this.#end();",
    to: "",
  },
];

/** Breaks of discovery. */
const discovery: readonly Mutant[] = [
  {
    name: "an instance doesn't come back after a lost session",
    file: "discovery/src/keeper.ts",
    from: "if (!this.#comesBack) return;",
    to: "return;",
  },
  {
    name: "an instance that is told to go while it is written stays",
    file: "discovery/src/keeper.ts",
    from: "if (settled && going) break;",
    to: "if (settled && this.#gone) break;",
  },
  {
    name: "an instance doesn't notice that its entry is gone",
    file: "discovery/src/keeper.ts",
    from: "        this.#watch(over.signal);\n",
    to: "",
  },
  {
    name: "an instance that was replaced doesn't come back when its id is free",
    file: "discovery/src/keeper.ts",
    from: ": entries.length === 0;",
    to: ": false;",
  },
  {
    name: "an instance that is being closed comes back on the next session",
    file: "discovery/src/keeper.ts",
    from: "if (settled && going) break;",
    to: "if (settled && going && this.#comesBack) break;",
  },
  {
    name: "whoever has the id is replaced",
    file: "discovery/src/claim.ts",
    from: "!this.#isMine(found) && !isGone(found) &&",
    to: "false &&",
  },
  {
    name: "a takeover goes on for ever",
    file: "discovery/src/claim.ts",
    from: "(!takeover || this.#hasHeld)",
    to: "!takeover",
  },
  {
    name: "the entry of a dead process is respected",
    file: "discovery/src/registrant.ts",
    from: "return !isRunning(other.pid);",
    to: "return false;",
  },
  {
    name: "a process of another machine is asked about on this one",
    file: "discovery/src/registrant.ts",
    from: "if (!other || other.host !== thisRegistrant.host) return false;",
    to: "if (!other) return false;",
  },
  {
    name: "an attempt that comes late brings a closed instance back",
    file: "discovery/src/claim.ts",
    from: "if (!session?.alive || signal.aborted) return;",
    to: "return;",
  },
  {
    name: "one that was closed goes on removing what its successor registers",
    file: "discovery/src/keeper.ts",
    from: '    this.#guarding.abort("replaced");\n    this.change();\n    await this.over;',
    to: "    this.change();\n    await this.ended;",
  },
  {
    name: "one client registers an id twice",
    file: "discovery/src/keepers.ts",
    from: "if (before?.living && !mayReplace) throw rules.taken();",
    to: "",
  },
  {
    name: "draining is not published",
    file: "discovery/src/registration.ts",
    from: 'return this.#closing ? "draining" : this.#status;',
    to: "return this.#status;",
  },
  {
    name: "the client's close() leaves instances as they are",
    file: "discovery/src/registration.ts",
    from: "context.onClosing(() => void this.#leave(this.#drainMs))",
    to: "context.onClosing(() => {})",
  },
  {
    name: "a check that hangs is waited for",
    file: "discovery/src/health.ts",
    from: "await Promise.race([answer, late])",
    to: "await answer",
  },
  {
    name: "the same words are a change",
    file: "discovery/src/decoding.ts",
    from: "if (before && Buffer.compare(before.value, value) === 0) return { ...before, version };",
    to: "",
  },
  {
    name: "one entry that makes no sense breaks the view",
    file: "discovery/src/decoding.ts",
    from: "    } catch {\n      return undefined; // nested too deep, or worse",
    to: "    } catch (error) {\n      throw error;",
  },
  {
    name: "a prototype is taken from the store",
    file: "discovery/src/instance.ts",
    from: 'if (name !== "__proto__" && name !== "constructor" && name !== "prototype")',
    to: 'if (name !== "")',
  },
  {
    name: "a list that is stale says nothing of it",
    file: "discovery/src/view.ts",
    from: "const isSame = before?.stale === now.stale && sameInstances",
    to: "const isSame = before && sameInstances",
  },
  {
    name: "most of the instances may vanish at once",
    file: "discovery/src/loss-guard.ts",
    from: "if (all < this.#minimum || lost <= this.#share * all) return;",
    to: "return;",
  },
  {
    name: "those who left on purpose are kept",
    file: "discovery/src/loss-guard.ts",
    from: 'if (ids.has(instance.id) || instance.status === "draining") continue;',
    to: "if (ids.has(instance.id)) continue;",
  },
  {
    name: "what was lost is kept for ever",
    file: "discovery/src/loss-guard.ts",
    from: "this.#timer = this.#runtime.timer(nextMs - nowMs, this.#onExpired, { keepAlive: false });",
    to: "void nextMs;",
  },
  {
    name: "instances that drain are called",
    file: "discovery/src/pool.ts",
    from: 'status === "passing" || status === "warning";',
    to: 'status !== "critical";',
  },
  {
    name: "a call is repeated on the same instance",
    file: "discovery/src/calling.ts",
    from: "tried.add(pick.instance.id);",
    to: "",
  },
  {
    name: "one that fails again and again is called on",
    file: "discovery/src/modifiers/ejection.ts",
    from: "record.state = CircuitState.Open;\n    record.times",
    to: "record.times",
  },
  {
    name: "one that was ejected is never tried again",
    file: "discovery/src/modifiers/ejection.ts",
    from: "record.state = CircuitState.HalfOpen;\n        returned = true;",
    to: "returned = true;",
  },
  {
    name: "no call leaves its zone while there is anybody",
    file: "discovery/src/modifiers/zone.ts",
    from: "share >= spillBelow ? 1 : share / spillBelow",
    to: "1",
  },
  {
    name: "gRPC is told of instances that drain",
    file: "discovery/src/formats/grpc.ts",
    from: 'if (status === "critical" || status === "draining") return undefined;',
    to: "",
  },
];

export const mutants: readonly Mutant[] = [
  ...routes,
  ...replica,
  ...mirrors,
  ...store,
  ...session,
  ...line,
  ...lock,
  ...reviewed,
  ...locks,
  ...election,
  ...barrier,
  ...config,
  ...discovery,
];

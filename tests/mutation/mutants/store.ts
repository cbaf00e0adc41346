// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are pieces of source

import type { Mutant } from "../mutant.ts";

/** Breaks of the reference store: what a careless backend would do. */
export const store: readonly Mutant[] = [
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

import assert from "node:assert/strict";
import { Chance, SimulatedProcess, VirtualTime } from "@coord/conformance";
import { type Coord, CoordError, connect } from "@coord/core";
import {
  type Backend,
  reliableMs,
  type SessionEvents,
  type SessionOptions,
  type Store,
  type StoreSession,
  UnavailableError,
} from "@coord/core/spi";
import { Mutex } from "@coord/lock";
import { MemoryServer, memory } from "@coord/memory";

/** A rule of the session that only a store shows which does as it is told. */
export interface Rule {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** A memory store whose sessions are renewed when the rule says so, not by themselves. */
class Script {
  readonly time = new VirtualTime();
  readonly process = new SimulatedProcess("client", this.time, new Chance(1));
  readonly server = new MemoryServer(this.process);
  readonly logged: string[] = [];
  /** What openSession does with what the store granted. */
  grant: (session: StoreSession, options: SessionOptions) => Promise<StoreSession> = async (session) => session;
  events: SessionEvents | undefined;
  opened = 0;
  closed = 0;

  async connect(ttlMs?: number): Promise<Coord> {
    return connect(this.#backend(), {
      runtime: this.process,
      ...(ttlMs === undefined ? {} : { session: { ttlMs } }),
      logger: { debug: () => {}, info: (_, message) => this.logged.push(message), warn: () => {}, error: () => {} },
    });
  }

  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.time.in(delayMs, resolve));
  }

  #backend(): Backend {
    const backend = memory({ server: this.server });
    return {
      ...backend,
      open: async (context) => {
        const store = await backend.open(context);
        return { ...store, openSession: (options) => this.#open(store, options) };
      },
    };
  }

  async #open(store: Store, options: SessionOptions): Promise<StoreSession> {
    this.opened += 1;
    this.events = options.events;
    const silent = { renewed: () => {}, disconnected: () => {}, expired: () => {} };
    const stored = await store.openSession({ ...options, events: silent });
    const session: StoreSession = {
      id: stored.id,
      ttlMs: stored.ttlMs,
      sentAtMs: stored.sentAtMs,
      renew: () => stored.renew(),
      close: (closing) => {
        this.closed += 1;
        return stored.close(closing);
      },
    };
    return this.grant(session, options);
  }
}

const rule = (title: string, body: (script: Script) => Promise<void>): Rule => ({
  title,
  run: () => {
    const script = new Script();
    return script.time.drive(() => body(script), 600_000);
  },
});

const ttlMs = 10_000;
const lengthMs = reliableMs(ttlMs);

export const sessionRules: readonly Rule[] = [
  rule(
    "the deadline is the sending of the last answered renewal plus the granted ttl, less a twentieth, less the slack",
    async (script) => {
      assert.equal(lengthMs, 10_000 * 0.95 - 500);
      assert.equal(reliableMs(600), 600 * 0.95 - 50);
      const coord = await script.connect(ttlMs);
      const hold = await new Mutex(coord, "m").acquire();
      await script.pause(3_000);
      const sentAtMs = script.process.now();
      await script.pause(1_000);
      script.events?.renewed(sentAtMs);
      assert.equal(hold.remainingMs, lengthMs - 1_000);
      const { signal } = hold;
      await script.pause(hold.remainingMs - 1);
      hold.check();
      await script.pause(1);
      assert.ok(signal.aborted, "nobody looked at the clock, and no timer did");
      assert.throws(hold.check, (error) => CoordError.is(error, "LOCK_LOST"));
      await coord.close();
    },
  ),
  rule("an answer that comes after the deadline revives nothing, also when no timer could fire", async (script) => {
    const coord = await script.connect(ttlMs);
    const hold = await new Mutex(coord, "m").acquire();
    await script.pause(5_000);
    const sentAtMs = script.process.now();
    script.process.stop();
    script.process.deliver(() => script.events?.renewed(sentAtMs));
    await script.pause(lengthMs - 4_000);
    script.process.continue();
    await script.pause(1);
    assert.ok(hold.signal.aborted, "the hold was revived");
    assert.notEqual(coord.state, "closed");
    await coord.close();
  }),
  rule("an older renewal that is answered late moves nothing back", async (script) => {
    const coord = await script.connect(ttlMs);
    const hold = await new Mutex(coord, "m").acquire();
    await script.pause(2_000);
    script.events?.renewed(2_000);
    script.events?.renewed(1_000);
    assert.equal(hold.remainingMs, lengthMs);
    await coord.close();
  }),
  rule("check() and the methods of a hold look at the clock first, when no timer could fire", async (script) => {
    const coord = await script.connect(ttlMs);
    const hold = await new Mutex(coord, "m").acquire();
    script.process.stop();
    await script.pause(lengthMs);
    assert.throws(hold.check, (error) => CoordError.is(error, "LOCK_LOST"));
    assert.ok(hold.signal.aborted);
    assert.equal(hold.remainingMs, 0);
    script.process.continue();
    assert.equal(await hold.release(), "lost");
    await coord.close();
  }),
  rule("a session that is granted after its own deadline is given back, not handed out", async (script) => {
    script.grant = async (session) => {
      if (script.opened === 1) await script.pause(lengthMs + 1);
      return session;
    };
    const coord = await script.connect(ttlMs);
    assert.equal(script.opened, 2);
    assert.equal(script.closed, 1);
    assert.ok((coord.status().session?.remainingMs ?? 0) > lengthMs - 100);
    await coord.close();
  }),
  rule("a session that the store ends before its opening was answered is not handed out", async (script) => {
    script.grant = async (session, { events }) => {
      if (script.opened === 1) events.expired();
      return session;
    };
    const coord = await script.connect(ttlMs);
    assert.equal(script.opened, 2);
    await coord.close();
  }),
  rule("a ttl that is granted shorter than asked for is an error, and without asking it is not", async (script) => {
    script.grant = async (session) => ({ ...session, ttlMs: 5_000 });
    await assert.rejects(
      script.connect(ttlMs),
      (error) => CoordError.is(error, "USAGE") && /5000 ms.*10000/.test(error.message),
    );
    assert.equal(script.closed, 1);
    const coord = await script.connect();
    assert.equal(coord.status().session?.ttlMs, 5_000);
    await coord.close();
  }),
  rule("a ttl that is granted longer than asked for is reported, and noted once", async (script) => {
    script.grant = async (session) => ({ ...session, ttlMs: 20_000 });
    const coord = await script.connect(ttlMs);
    assert.equal(coord.status().session?.ttlMs, 20_000);
    script.events?.expired();
    await script.pause(100);
    assert.equal(script.opened, 2);
    assert.equal(script.logged.filter((message) => /longer sessions/.test(message)).length, 1);
    await coord.close();
  }),
  rule(
    "an error that no retry mends ends connect() at once, and one that may pass is tried again until its time is over",
    async (script) => {
      script.grant = async () => {
        throw new CoordError("AUTH", "wrong password");
      };
      await assert.rejects(script.connect(ttlMs), (error) => CoordError.is(error, "AUTH"));
      assert.equal(script.opened, 1);
      script.grant = async () => {
        throw new UnavailableError("nobody there");
      };
      await assert.rejects(
        script.connect(ttlMs),
        (error) => CoordError.is(error, "UNAVAILABLE") && /10000 ms at memory:.*nobody there/.test(error.message),
      );
      assert.ok(script.opened > 5 && script.opened < 50, `${script.opened} attempts`);
    },
  ),
  rule(
    "a lost session that can't be given back at once is given back when the store is there again",
    async (script) => {
      const coord = await script.connect(ttlMs);
      const hold = await new Mutex(coord, "m").acquire();
      assert.equal(script.server.list("m").entries.length, 1);
      await script.pause(lengthMs);
      assert.ok(hold.signal.aborted);
      await script.pause(10);
      assert.equal(script.closed, 1);
      assert.deepEqual(script.server.list("m").entries, []);
      await coord.close();
    },
  ),
];

import type { Mutant } from "../mutant.ts";

/** Breaks of the lock, of names and of what surrounds them. */
export const lock: readonly Mutant[] = [
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
    from: " && !holding.hold.successor.over",
    to: "",
  },
  {
    name: "the first release of two ends both holds",
    file: "core/src/grant.ts",
    from: 'if (this.#shares > 0) return Promise.resolve("released");',
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

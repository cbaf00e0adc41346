import { describe, expect, it } from "vitest";
import { linearizability, type RegisterCall } from "../../src/history/index.ts";
import { operation } from "./building.ts";

const read: RegisterCall = { type: "read" };
const write = (value: string): RegisterCall => ({ type: "write", value });
const cas = (expected: string, value: string): RegisterCall => ({ type: "cas", expected, value });
const casAt = (version: string, value: string): RegisterCall => ({ type: "cas", version, value });
const create = (value: string): RegisterCall => ({ type: "create", value });
const remove: RegisterCall = { type: "remove" };
const ok = (value?: string, version?: string) => ({
  type: "ok" as const,
  ...(value === undefined ? {} : { value }),
  ...(version === undefined ? {} : { version }),
});
const failed = { type: "failed" as const };
const unknown = { type: "unknown" as const };

describe("linearizability accepts", () => {
  it.each([
    ["nothing at all", []],
    ["a read of nothing at first", [operation("a", 0, 1, read)]],
    ["a read of the value last written", [operation("a", 0, 1, write("x")), operation("a", 2, 3, read, ok("x"))]],
    [
      "a read during a write, of the old value and of the new",
      [
        operation("a", 0, 1, write("x")),
        operation("a", 2, 9, write("y")),
        operation("b", 3, 4, read, ok("x")),
        operation("c", 3, 5, read, ok("y")),
      ],
    ],
    [
      "concurrent writes in the order that the reads show, against that of their calls",
      [
        operation("a", 0, 10, write("x")),
        operation("b", 1, 9, write("y")),
        operation("c", 2, 3, read, ok("y")),
        operation("c", 11, 12, read, ok("x")),
      ],
    ],
    [
      "a compare-and-set that wins and one that fails",
      [
        operation("a", 0, 1, write("0")),
        operation("a", 2, 5, cas("0", "a")),
        operation("b", 2, 4, cas("0", "b"), failed),
        operation("b", 6, 7, read, ok("a")),
      ],
    ],
    [
      "create, create refused, removed, removed again refused, created again",
      [
        operation("a", 0, 1, create("x")),
        operation("b", 2, 3, create("y"), failed),
        operation("b", 4, 5, remove),
        operation("a", 6, 7, remove, failed),
        operation("a", 8, 9, create("y")),
        operation("b", 10, 11, { type: "remove", expected: "x" }, failed),
        operation("b", 12, 13, { type: "remove", expected: "y" }),
        operation("b", 14, 15, read),
      ],
    ],
    [
      "compare-and-set by version, also of a version that only a read told",
      [
        operation("a", 0, 1, write("x")),
        operation("a", 2, 3, read, ok("x", "1")),
        operation("b", 4, 5, casAt("1", "x"), ok(undefined, "2")),
        operation("a", 6, 7, casAt("1", "y"), failed),
        operation("a", 8, 9, casAt("2", "y"), ok(undefined, "3")),
        operation("b", 10, 11, read, ok("y", "3")),
      ],
    ],
    [
      "operations that touch at one instant, in either order",
      [operation("a", 0, 2, write("x")), operation("b", 2, 3, write("y")), operation("a", 4, 5, read, ok("x"))],
    ],
    [
      "a write and a read that failed, as if they had not been",
      [operation("a", 0, 1, write("x"), failed), operation("a", 2, 3, read, failed), operation("b", 4, 5, read)],
    ],
    [
      "a write that never returned, as not yet done and then as done",
      [
        operation("a", 0, undefined, write("x"), unknown),
        operation("b", 1, 2, read),
        operation("b", 3, 4, read, ok("x")),
      ],
    ],
    [
      "an unknown write that happened long after its client gave up, and one that never did",
      [
        operation("a", 0, 1, write("x"), unknown),
        operation("a", 2, 3, write("z"), unknown),
        operation("b", 4, 5, write("y")),
        operation("b", 6, 7, read, ok("y")),
        operation("b", 8, 9, read, ok("x")),
      ],
    ],
    [
      "a chain of unknown compare-and-sets that must all have happened",
      [
        operation("a", 0, 1, create("0")),
        operation("a", 2, 3, cas("1", "2"), unknown),
        operation("b", 2, 3, cas("0", "1"), unknown),
        operation("c", 4, 5, read, ok("2")),
      ],
    ],
  ])("%s", (_case, history) => {
    expect(linearizability(history)).toEqual([]);
  });

  it("a read of the initial value", () => {
    expect(linearizability([operation("a", 0, 1, read, ok("x"))], { initial: "x" })).toEqual([]);
  });

  it("keys that only together have no order by time of return", () => {
    const history = [operation("a", 0, 1, write("x")), operation("b", 2, 3, read, ok(), "other")];
    expect(linearizability(history)).toEqual([]);
  });
});

describe("linearizability rejects", () => {
  it("a stale read, naming it and the write that it missed", () => {
    const [old, write2, stale] = [
      operation("a", 0, 1, write("x")),
      operation("a", 2, 3, write("y")),
      operation("b", 4, 5, read, ok("x")),
    ];
    expect(linearizability([old, write2, stale])).toEqual([
      {
        rule: "not-linearizable",
        message:
          '"k": no order explains its operations; with 2 of 3 placed it holds "y", where the read of b cannot come next',
        events: [write2, stale],
      },
    ]);
  });

  it("a lost update: two compare-and-sets from one value, both successful", () => {
    const [start, one, two] = [
      operation("a", 0, 1, write("0")),
      operation("a", 2, 6, cas("0", "a")),
      operation("b", 3, 5, cas("0", "b")),
    ];
    expect(linearizability([start, one, two])).toMatchObject([{ rule: "not-linearizable", events: [one, two] }]);
  });

  it("a lost update by version, although the value is the same", () => {
    const [start, one, two] = [
      operation("a", 0, 1, create("x"), ok(undefined, "1")),
      operation("a", 2, 6, casAt("1", "x"), ok(undefined, "2")),
      operation("b", 3, 5, casAt("1", "x"), ok(undefined, "3")),
    ];
    expect(linearizability([start, one, two])).toMatchObject([{ events: [one, two] }]);
  });

  it("an entry created twice", () => {
    const [one, two] = [operation("a", 0, 3, create("x")), operation("b", 1, 2, create("y"))];
    expect(linearizability([one, two])).toMatchObject([{ events: [one, two] }]);
  });

  it("an entry removed twice", () => {
    const [, one, two] = [
      operation("a", 0, 1, create("x")),
      operation("a", 2, 5, remove),
      operation("b", 3, 4, remove),
    ];
    expect(linearizability([operation("a", 0, 1, create("x")), one, two])).toMatchObject([{ events: [one, two] }]);
  });

  it("a read of a value that was never written", () => {
    const [start, invented] = [operation("a", 0, 1, write("x")), operation("b", 2, 3, read, ok("z"))];
    expect(linearizability([start, invented])).toMatchObject([{ events: [start, invented] }]);
  });

  it("a new value read, then the old one, while the write goes on", () => {
    const [start, long, first, then] = [
      operation("a", 0, 1, write("x")),
      operation("a", 2, 20, write("y")),
      operation("b", 3, 4, read, ok("y")),
      operation("c", 5, 6, read, ok("x")),
    ];
    expect(linearizability([start, long, first, then])).toMatchObject([{ events: [long, then] }]);
  });

  it("a value read before its write was called", () => {
    const early = operation("b", 0, 1, read, ok("x"));
    expect(linearizability([early, operation("a", 2, 3, write("x"))])).toMatchObject([{ events: [early] }]);
  });

  it("a create that failed where nothing was, and a compare-and-set that failed on its value", () => {
    const nothing = operation("a", 0, 1, create("x"), failed);
    expect(linearizability([nothing])).toMatchObject([{ events: [nothing] }]);
    const [start, refused] = [operation("a", 0, 1, write("x")), operation("a", 2, 3, cas("x", "y"), failed)];
    expect(linearizability([start, refused])).toMatchObject([{ events: [start, refused] }]);
  });

  it("a write that failed and was seen all the same", () => {
    const dirty = operation("b", 2, 3, read, ok("x"));
    expect(linearizability([operation("a", 0, 1, write("x"), failed), dirty])).toMatchObject([{ events: [dirty] }]);
  });

  it("an unknown write that must have happened, and then had not", () => {
    const [lost, done, undone] = [
      operation("a", 0, undefined, write("x"), unknown),
      operation("b", 1, 2, read, ok("x")),
      operation("b", 3, 4, read),
    ];
    expect(linearizability([lost, done, undone])).toMatchObject([{ events: [lost, undone] }]);
  });

  it("an unknown write that must have happened twice", () => {
    const [between, again] = [operation("b", 3, 4, write("y")), operation("b", 5, 6, read, ok("x"))];
    const history = [operation("a", 0, 1, write("x"), unknown), operation("b", 1, 2, read, ok("x")), between, again];
    expect(linearizability(history)).toMatchObject([{ events: [between, again] }]);
  });

  it("an unknown write that must not have happened yet: it was seen before its call", () => {
    const early = operation("b", 0, 1, read, ok("x"));
    expect(linearizability([early, operation("a", 2, undefined, write("x"), unknown)])).toMatchObject([
      { events: [early] },
    ]);
  });

  it("an unknown compare-and-set that cannot have happened: its precondition never held", () => {
    const impossible = operation("b", 4, 5, read, ok("z"));
    const history = [operation("a", 0, 1, write("x")), operation("a", 2, 3, cas("y", "z"), unknown), impossible];
    expect(linearizability(history)).toMatchObject([{ events: [history[0], impossible] }]);
  });

  it("a read with another version than its write told", () => {
    const [start, other] = [
      operation("a", 0, 1, write("x"), ok(undefined, "1")),
      operation("b", 2, 3, read, ok("x", "2")),
    ];
    expect(linearizability([start, other])).toMatchObject([{ events: [start, other] }]);
  });

  it("two versions read of one write", () => {
    const history = [
      operation("a", 0, 1, write("x")),
      operation("b", 2, 3, read, ok("x", "1")),
      operation("b", 4, 5, read, ok("x", "2")),
    ];
    expect(linearizability(history)).toMatchObject([{ events: [history[0], history[2]] }]);
  });

  it("a version that stays the same over a write", () => {
    const [one, two] = [
      operation("a", 0, 1, write("x"), ok(undefined, "1")),
      operation("a", 2, 3, write("y"), ok(undefined, "1")),
    ];
    expect(linearizability([one, two])).toMatchObject([{ events: [one, two] }]);
  });

  it("the one key of two that is wrong", () => {
    const stale = operation("b", 4, 5, read, ok(), "other");
    const written = operation("a", 0, 1, write("x"), ok(), "other");
    const history = [operation("a", 0, 1, write("x")), operation("b", 2, 3, read, ok("x")), written, stale];
    expect(linearizability(history)).toMatchObject([{ message: /^"other"/, events: [written, stale] }]);
  });

  it("what it could not decide within its steps, as undecided", () => {
    const history = Array.from({ length: 8 }, (_, index) => operation(`c${index}`, 0, 100, write(`${index}`)));
    const absurd = operation("r", 101, 102, read, ok("z"));
    expect(linearizability([...history, absurd], { maxSteps: 50 })).toMatchObject([
      { rule: "undecided", events: [...history, absurd] },
    ]);
    expect(linearizability([...history, absurd])).toMatchObject([{ rule: "not-linearizable" }]);
  });
});

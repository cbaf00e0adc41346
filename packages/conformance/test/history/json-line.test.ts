import { describe, expect, it } from "vitest";
import { encodeEvent, type HistoryEvent, parseEvent } from "../../src/history/index.ts";
import { Attempt, admitted, closed, died, opened, operation, Party, removed, seen, truth, wrote } from "./building.ts";

const a = new Attempt("a", "a1", 'a "job"\n');
const party = new Party("a");
const huge = 2n ** 63n - 1n;

const events: readonly HistoryEvent[] = [
  ...[a.asked(0.125), a.granted(1, huge), a.granted(1, 1n, 3), a.lost(2), a.released(3), a.refused(4)],
  ...[{ ...a.cancelled(5), token: 7n }, admitted(6, huge), removed(7, 1n), died(8, "a"), wrote(9, huge, false)],
  { at: 9, client: "a", kind: "stopped" },
  { at: 9, client: "a", kind: "continued" },
  ...[
    opened(10),
    closed(11),
    seen(12, huge),
    seen(13, 1n, { stale: true, value: "" }),
    truth(14, huge, { value: "v" }),
  ],
  ...[party.came(15), party.passed(15, 3, 0), party.broken(15, 0), party.declined(15), party.excused(15)],
  ...[party.leaving(15), party.left(15)],
  operation("a", 15, 16, { type: "read" }, { type: "ok", value: "12", version: "34" }),
  operation("a", 15, 16, { type: "read" }, { type: "ok" }),
  operation("a", 15, 16, { type: "write", value: "x" }, { type: "failed" }),
  operation("a", 15, undefined, { type: "cas", expected: "x", value: "y" }, { type: "unknown" }),
  operation("a", 15, 16, { type: "cas", version: "7", value: "y" }),
  operation("a", 15, 16, { type: "create", value: "x" }),
  operation("a", 15, 16, { type: "remove" }),
  operation("a", 15, 16, { type: "remove", expected: "x", version: "7" }),
];

describe("an event as a line of JSON", () => {
  it.each(events.map((event) => [event.kind, event] as const))("comes back the same: %s", (_kind, event) => {
    const line = encodeEvent(event);
    expect(line).not.toContain("\n");
    expect(parseEvent(line)).toStrictEqual(event);
  });

  it("has its token as a decimal string", () => {
    expect(JSON.parse(encodeEvent(admitted(1, huge)))).toStrictEqual({
      at: 1,
      kind: "admitted",
      name: "job",
      token: "9223372036854775807",
    });
  });

  it("leaves out fields that no event has", () => {
    const line = '{"at":1,"client":"a","kind":"died","more":1,"__proto__":{"x":1}}';
    expect(parseEvent(line)).toStrictEqual(died(1, "a"));
  });

  it.each([
    ["a line cut short", encodeEvent(wrote(1, 2n)).slice(0, -5)],
    ["an empty line", ""],
    ["no object", "[1]"],
    ["null", "null"],
    ["an unknown kind", '{"at":1,"kind":"happened"}'],
    ["a kind that objects inherit", '{"at":1,"kind":"constructor"}'],
    ["no time", '{"client":"a","kind":"died"}'],
    ["a time that is text", '{"at":"1","client":"a","kind":"died"}'],
    ["a grant without a token", '{"at":1,"client":"a","kind":"granted","name":"n","attempt":"a1"}'],
    ["a token that is a number", '{"at":1,"kind":"admitted","name":"n","token":1}'],
    ["a token that is empty", '{"at":1,"kind":"admitted","name":"n","token":""}'],
    ["an acceptance that is text", encodeEvent(wrote(1, 2n)).replace("true", '"true"')],
    ["an unknown operation", encodeEvent(operation("a", 1, 2, { type: "read" })).replace('"read"', '"append"')],
    [
      "an operation without its value",
      '{"client":"a","kind":"operation","key":"k","call":1,"op":{"type":"write"},"outcome":{"type":"ok"}}',
    ],
    ["an unknown outcome", encodeEvent(operation("a", 1, 2, { type: "read" })).replace('"ok"', '"maybe"')],
  ])("is refused: %s", (_case, line) => {
    expect(() => parseEvent(line)).toThrow(SyntaxError);
  });

  it("is refused with the line and the field that is wrong", () => {
    expect(() => parseEvent('{"at":1,"kind":"admitted","name":"n","token":1}')).toThrow(
      'not an event: {"at":1,"kind":"admitted","name":"n","token":1} (token: 1 is not a decimal string)',
    );
  });
});

import { describe, expect, it } from "vitest";
import { fencing } from "../../src/history/index.ts";
import { Attempt, wrote } from "./building.ts";

const a = new Attempt("a", "a1");
const b = new Attempt("b", "b1");
const c = new Attempt("c", "c1");

describe("fencing accepts", () => {
  it("tokens that rise, with gaps", () => {
    expect(fencing([a.granted(1, 1n), a.released(2), b.granted(3, 7n), b.lost(4), c.granted(5, 8n)])).toEqual([]);
  });

  it("tokens beyond what a number can tell apart", () => {
    const top = 2n ** 63n - 2n;
    expect(fencing([a.granted(1, top), b.granted(3, top + 1n)])).toEqual([]);
  });

  it("one token on two names", () => {
    expect(fencing([a.granted(1, 4n), new Attempt("b", "b1", "other").granted(2, 4n)])).toEqual([]);
  });

  it("writes with rising and repeated tokens, and old ones that were rejected", () => {
    expect(fencing([wrote(1, 3n), wrote(2, 3n), wrote(3, 5n), wrote(4, 3n, false), wrote(5, 5n)])).toEqual([]);
  });

  it("an old token on another resource", () => {
    expect(fencing([wrote(1, 3n), wrote(2, 2n, true, "other")])).toEqual([]);
  });

  it("grants side by side whose clients learned of them in another order, where several may hold", () => {
    const history = [a.asked(0), b.asked(0), b.granted(2, 2n), a.granted(3, 1n)];
    expect(fencing(history, { capacity: 2 })).toEqual([]);
  });
});

describe("fencing rejects", () => {
  it("a token that was used before", () => {
    const [first, second] = [a.granted(1, 4n), b.granted(5, 4n)];
    expect(fencing([first, a.released(2), second])).toEqual([
      { rule: "token-reused", message: '"job": token 4 was granted twice', events: [first, second] },
    ]);
  });

  it("a token that was used long before", () => {
    const [first, between, last] = [a.granted(1, 4n), b.granted(3, 5n), c.granted(5, 4n)];
    expect(fencing([first, between, last])).toMatchObject([
      { rule: "token-reused", events: [first, last] },
      { rule: "token-fell", events: [between, last] },
    ]);
  });

  it("a token going backwards", () => {
    const [first, second] = [a.granted(1, 9n), b.granted(5, 8n)];
    expect(fencing([first, second])).toMatchObject([{ rule: "token-fell", events: [first, second] }]);
  });

  it("a token that is higher than the last but lower than one before", () => {
    const [first, second, third] = [a.granted(1, 9n), b.granted(5, 2n), c.granted(6, 3n)];
    expect(fencing([first, second, third])).toMatchObject([{ events: [first, second] }, { events: [first, third] }]);
  });

  it("a token that compares higher only as a number or as text", () => {
    const top = 2n ** 53n;
    expect(fencing([a.granted(1, top + 1n), b.granted(2, top)])).toHaveLength(1);
    expect(fencing([a.granted(1, 10n), b.granted(2, 9n)])).toHaveLength(1);
  });

  it("a lower token for a call that came after the grant, also where several may hold", () => {
    const [first, second] = [a.granted(1, 9n), b.granted(5, 8n)];
    const history = [a.asked(0), first, b.asked(2), second];
    expect(fencing(history, { capacity: 2 })).toMatchObject([{ rule: "token-fell", events: [first, second] }]);
  });

  it("a stale write that was accepted", () => {
    const [current, stale] = [wrote(1, 5n), wrote(2, 4n)];
    expect(fencing([wrote(0, 4n), current, stale])).toEqual([
      {
        rule: "stale-write-accepted",
        message: '"file" accepted token 4 of c4 after token 5',
        events: [current, stale],
      },
    ]);
  });

  it("each stale write that was accepted, against the highest before", () => {
    const [current, stale, staler] = [wrote(1, 5n), wrote(2, 3n), wrote(3, 4n)];
    expect(fencing([current, stale, staler])).toMatchObject([
      { events: [current, stale] },
      { events: [current, staler] },
    ]);
  });
});

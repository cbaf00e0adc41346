import { describe, expect, it } from "vitest";
import {
  type EntryEvent,
  exactlyOnce,
  exclusion,
  fairness,
  fencing,
  type History,
  type HistoryEvent,
  type HoldEvent,
  lossBeforeGrant,
  type Violation,
} from "../../src/history/index.ts";
import { Attempt, admitted, Dice, removed } from "./building.ts";

const seeds = Array.from({ length: 200 }, (_, index) => index + 1);

describe("the checkers of holds, at random", () => {
  it("accept every history of one waiting line", () => {
    for (const seed of seeds) expect(rulesBroken(lineOf(new Dice(seed))), `seed ${seed}`).toEqual([]);
  });

  it.each<[string, (history: History, dice: Dice) => History, readonly string[]]>([
    ["a hold without its end", withoutEnd, ["admitted-before-loss", "hold-never-ended", "overlap"]],
    ["a signal after the next admission, yet before its grant", withLateEnd, ["admitted-before-loss"]],
    ["a grant given twice", withSecondGrant, ["granted-twice", "overlap", "token-reused"]],
    ["a token of the future", withHighToken, ["granted-out-of-order", "token-fell"]],
    ["an entry that went before its grant", withEarlyRemoval, ["granted-after-removal"]],
    ["a grant to one that cancelled", withGrantAfterCancel, ["granted-after-end"]],
    ["a call that never came back", withoutAnswer, ["call-never-ended"]],
  ])("reject %s", (_case, mutate, rules) => {
    for (const seed of seeds) {
      const dice = new Dice(seed);
      const found = rulesBroken(mutate(lineOf(dice), dice));
      expect(found, `seed ${seed}`).toEqual(expect.arrayContaining([...rules]));
    }
  });
});

function rulesBroken(history: History): readonly string[] {
  const violations: readonly Violation[] = [
    ...exclusion(history),
    ...fencing(history),
    ...exactlyOnce(history, { complete: true }),
    ...lossBeforeGrant(history).violations,
    ...fairness(history),
  ];
  return [...new Set(violations.map(({ rule }) => rule))].toSorted();
}

/**
 * Three to ten clients ask at once for one name. Each but the first and the last two may cancel or be refused; the one
 * at index 1 always cancels. The others hold it one after the other, with time between all that follows from each
 * other.
 */
function lineOf(dice: Dice): History {
  const length = 4 + dice.below(7);
  let at = 100;
  return Array.from({ length }, (_, index): HistoryEvent[] => {
    const attempt = new Attempt(`c${index}`, `c${index}-1`);
    const token = BigInt(10 * (index + 1));
    const asked = attempt.asked(dice.below(100));
    if (index === 1) return [asked, attempt.cancelled(100 + dice.below(500))];
    if (index > 1 && index < length - 2 && dice.chance(0.3)) return [asked, attempt.refused(100 + dice.below(500))];
    const [first, granted, end] = [at, at + 1 + dice.below(10), at + 11 + dice.below(50)];
    const gone = end + 1 + dice.below(10);
    at = gone + 1;
    const last = dice.chance(0.5) ? attempt.lost(end) : attempt.released(end);
    return [asked, admitted(first, token), attempt.granted(granted, token), last, removed(gone, token)];
  }).flat();
}

/** One of the holds that another follows. */
function followed(history: History, dice: Dice) {
  const grants = history.filter((event) => event.kind === "granted");
  const index = dice.below(grants.length - 1);
  const [grant, next] = [grants[index], grants[index + 1]];
  if (!grant || !next) throw new Error("no hold that another follows");
  return { grant, next };
}

function isEndOf(grant: HoldEvent) {
  return (event: HistoryEvent) =>
    (event.kind === "lost" || event.kind === "released") && event.attempt === grant.attempt;
}

function withoutEnd(history: History, dice: Dice): History {
  const isEnd = isEndOf(followed(history, dice).grant);
  return history.filter((event) => !isEnd(event));
}

function withLateEnd(history: History, dice: Dice): History {
  const { grant, next } = followed(history, dice);
  const isEnd = isEndOf(grant);
  return history.map((event) => (isEnd(event) && "at" in event ? { ...event, at: next.at - 0.5 } : event));
}

function withSecondGrant(history: History, dice: Dice): History {
  const { grant } = followed(history, dice);
  return [...history, { ...grant, at: grant.at + 0.5 }];
}

function withHighToken(history: History, dice: Dice): History {
  const { grant } = followed(history, dice);
  return history.map((event) => (event === grant ? { ...grant, token: 1000n } : event));
}

function withEarlyRemoval(history: History, dice: Dice): History {
  const { grant } = followed(history, dice);
  const isGone = (event: HistoryEvent): event is EntryEvent => event.kind === "removed" && event.token === grant.token;
  return history.map((event) => (isGone(event) ? { ...event, at: grant.at - 0.5 } : event));
}

function withGrantAfterCancel(history: History): History {
  const cancelled = history.find((event) => event.kind === "cancelled");
  if (!cancelled || !("attempt" in cancelled)) throw new Error("nobody cancelled");
  return [...history, new Attempt(cancelled.client, cancelled.attempt).granted(cancelled.at, 20n)];
}

function withoutAnswer(history: History): History {
  return history.filter(({ kind }) => kind !== "cancelled");
}

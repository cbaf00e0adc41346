import { expect, test } from "vitest";
import { decodeOwner, encodeOwner, thisHost } from "../src/owner.ts";

test("who owns an entry, and since when to the millisecond, whoever asked before and however the clock is set", () => {
  const momentsMs = [0, 999, 1_000, 1_001.7, 1_763_911_457_042, 1_763_911_457_042, 999, 253_402_300_800_005, -1];
  for (const atMs of momentsMs) {
    for (const owner of ["billing:1", "billing:1", 'a "quoted" ü', ""]) {
      const since = new Date(Math.floor(atMs)).toISOString();
      expect(decodeOwner(encodeOwner(owner, atMs))).toEqual({ owner, host: thisHost, pid: process.pid, since });
    }
  }
});

test("what a recipe adds stands beside it", () => {
  const text = Buffer.from(encodeOwner("billing", 5, { weight: 3 })).toString();
  const since = "1970-01-01T00:00:00.005Z";
  expect(JSON.parse(text)).toEqual({ owner: "billing", host: thisHost, pid: process.pid, since, weight: 3 });
});

import { expect, test } from "vitest";
import * as errors from "../src/errors.ts";

const { ConflictError, CoordError, LockLostError, UnavailableError, UnknownOutcomeError } = errors;

test("every error has its class's name, a code and a cause", () => {
  const cause = new Error("below");
  const error = new UnavailableError("out of reach", { operation: "store.get", key: "k", cause });
  expect(error).toMatchObject({
    name: "UnavailableError",
    code: "UNAVAILABLE",
    operation: "store.get",
    key: "k",
    cause,
  });
  expect(error).toBeInstanceOf(CoordError);
});

test("only what certainly has not happened says that it may be repeated", () => {
  expect(new UnavailableError("x").retryable).toBe(true);
  expect(new UnknownOutcomeError("x").retryable).toBe(false);
  expect(new LockLostError("deadline", "x").retryable).toBe(false);
});

test("is() knows an error by its brand, also one that another copy of the package made", () => {
  const foreign = Object.assign(new Error("from elsewhere"), { code: "LOCK_LOST", [Symbol.for("@coord/error")]: true });
  expect(CoordError.is(foreign)).toBe(true);
  expect(CoordError.is(foreign, "LOCK_LOST", "CLOSED")).toBe(true);
  expect(CoordError.is(foreign, "CLOSED")).toBe(false);
  for (const other of [new Error("x"), null, undefined, "LOCK_LOST", { code: "LOCK_LOST" }])
    expect(CoordError.is(other)).toBe(false);
});

test("a conflict says what was expected and what was found", () => {
  const { message, expected, actual } = new ConflictError("k", "in version 3", "it is gone");
  expect({ expected, actual }).toEqual({ expected: "in version 3", actual: "it is gone" });
  expect(message).toMatch(/"k" was expected in version 3, but it is gone.*Nothing was written/);
});

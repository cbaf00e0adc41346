import { expect, test } from "vitest";
import { Events } from "../src/events.ts";
import { silentLogger } from "../src/logger.ts";

interface Told {
  [name: string]: (value: number) => void;
  news(value: number): void;
}

function recording() {
  const errors: unknown[] = [];
  const events = new Events<Told>({
    ...silentLogger,
    error: (fields) => errors.push((fields as { error: unknown }).error),
  });
  return { events, errors };
}

test("a listener that throws, or whose promise rejects, is reported and harms nobody", async () => {
  const { events, errors } = recording();
  const seen: number[] = [];
  events.on("news", () => {
    throw new Error("thrown");
  });
  events.on("news", async () => {
    throw new Error("rejected");
  });
  events.on("news", (value) => seen.push(value));
  events.emit("news", 1);
  await Promise.resolve();
  await Promise.resolve();
  expect(seen).toEqual([1]);
  expect(errors.map((error) => (error as Error).message)).toEqual(["thrown", "rejected"]);
});

test("off() takes away what on() and once() were given", () => {
  const { events } = recording();
  const seen: number[] = [];
  const listener = (value: number) => void seen.push(value);
  events.on("news", listener);
  events.emit("news", 1);
  events.off("news", listener);
  events.emit("news", 2);
  events.once("news", listener);
  events.emit("news", 3);
  events.emit("news", 4);
  expect(seen).toEqual([1, 3]);
});

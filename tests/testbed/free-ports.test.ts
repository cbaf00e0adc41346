import { expect, test } from "vitest";
import { freePorts } from "./free-ports.ts";

test("no port is given twice, though nobody listens on it", async () => {
  const ports: number[] = [];
  for (let round = 0; round < 20; round += 1) ports.push(...(await freePorts(50)));
  expect(new Set(ports).size).toBe(1_000);
});

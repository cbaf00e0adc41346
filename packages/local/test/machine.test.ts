import { expect, onTestFinished, test } from "vitest";
import { bootId } from "../src/machine.ts";

test("a boot has one name for all who ask", () => {
  expect(bootId()).toMatch(/^[0-9a-fA-F-]{36}$/);
  expect(bootId()).toBe(bootId());
});

test("on a system whose boots can't be told apart there is no store, and the message says where there is", () => {
  const { platform } = process;
  onTestFinished(() => void Object.defineProperty(process, "platform", { value: platform }));
  Object.defineProperty(process, "platform", { value: "win32" });
  expect(bootId).toThrow(
    "The embedded store runs on Linux and macOS, not on win32. Use a store on a server, such as etcd.",
  );
});

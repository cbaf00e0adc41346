import { expect, test } from "vitest";
import { eventually, Hopeless } from "./eventually.ts";

test("gives the first answer that is neither false nor thrown", async () => {
  let asked = 0;
  const answer = await eventually("the third try", () => {
    asked += 1;
    if (asked === 1) throw new Error("not yet");
    return asked === 3 && asked;
  });
  expect(answer).toBe(3);
});

test("a check that answers nothing has passed", async () => {
  await expect(eventually("nothing", () => {})).resolves.toBeUndefined();
});

test("at the deadline names what was awaited and the last failure", async () => {
  let asked = 0;
  const never = eventually("the moon is green", () => Promise.reject(new Error(`try ${++asked}`)), { within: 100 });
  await expect(never).rejects.toThrow(/^Not within 100 ms: the moon is green\. Last: try \d+$/);
  expect(asked).toBeGreaterThan(1);
});

test("keeps the deadline when a check does not end", async () => {
  const hangs = eventually("an answer", () => new Promise<boolean>(() => {}), { within: 100 });
  await expect(hangs).rejects.toThrow("an answer. Last: the first try did not end");
});

test("asks no more once it is hopeless", async () => {
  const hopeless = eventually("anything", () => Promise.reject(new Hopeless("the server is gone")), { within: 60_000 });
  await expect(hopeless).rejects.toThrow("the server is gone");
});

import { mkdtempSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Runtime, systemRuntime } from "@coord/core/spi";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { Ear } from "../src/ear.ts";

let path: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "coord-ear-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  path = join(folder, "nudge");
});

/** An ear whose timer fires when it is told to: whatever it hears in between it has heard by watching. */
class Listener {
  looks = 0;
  readonly ear: Ear;
  #fire = () => {};

  constructor() {
    const timer: Runtime["timer"] = (_delayMs, fire) => {
      this.#fire = fire;
      return { cancel: () => {} };
    };
    this.ear = new Ear(path, 0o660, { ...systemRuntime, timer }, () => {
      this.looks += 1;
      return false;
    });
    this.ear.listen();
    onTestFinished(() => this.ear.close());
  }

  lookOnTime(): void {
    this.#fire();
  }
}

async function expectHeard(from: Listener, by: Listener): Promise<void> {
  const before = by.looks;
  from.ear.nudge();
  await expect.poll(() => by.looks, { timeout: 5_000 }).toBeGreaterThan(before);
}

test("each hears the other", async () => {
  const [one, other] = [new Listener(), new Listener()];
  await expectHeard(one, other);
  await expectHeard(other, one);
});

test.each([
  ["removed", () => unlinkSync(path)],
  [
    "replaced",
    () => {
      writeFileSync(`${path}.new`, "");
      renameSync(`${path}.new`, path);
    },
  ],
  ["moved away", () => renameSync(path, `${path}.old`)],
])(
  "a file that was %s is opened anew when the timer looks, by all: also by who comes later",
  async (_what, disturb) => {
    const [one, other] = [new Listener(), new Listener()];
    await expectHeard(one, other);
    disturb();
    one.lookOnTime();
    const later = new Listener();
    other.lookOnTime();
    await expectHeard(one, other);
    await expectHeard(other, one);
    await expectHeard(later, one);
    await expectHeard(one, later);
  },
);

test("one that is made anew may be opened by those who were let in before, whatever the umask", () => {
  const before = process.umask(0o077);
  onTestFinished(() => void process.umask(before));
  const one = new Listener();
  unlinkSync(path);
  one.lookOnTime();
  expect(statSync(path).mode & 0o777).toBe(0o660);
});

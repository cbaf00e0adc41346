import { systemRuntime } from "@coord/core/spi";
import { expect, test } from "vitest";
import { Line } from "../src/line.ts";
import type { Kept, View, Viewer } from "../src/view.ts";

/** A view whose events the test tells. */
function scripted() {
  const kept = new Map<string, Kept>();
  let viewer: Viewer | undefined;
  const view = { kept, fresh: true, revision: 9n, add: (added: Viewer) => (viewer = added) } as unknown as View;
  const tell = (...entered: readonly (readonly [key: string, revision: string])[]) => {
    for (const [key, create_revision] of entered) kept.set(key, { create_revision, lease: "1" } as Kept);
    viewer?.changed(new Set(entered.map(([key]) => key)));
  };
  return { line: new Line(view, systemRuntime), tell };
}

test("several who came in one event stand in the order of their revisions, however they are told", () => {
  const { line, tell } = scripted();
  tell(["m/1-lock-a", "3"]);
  tell(["m/1-lock-d", "8"], ["m/1-lock-b", "5"], ["m/1-lock-c", "7"]);
  expect(line.ahead(9n).map(({ key }) => key)).toEqual(["m/1-lock-a", "m/1-lock-b", "m/1-lock-c", "m/1-lock-d"]);
  expect(line.ahead(7n).map(({ key }) => key)).toEqual(["m/1-lock-a", "m/1-lock-b"]);
});

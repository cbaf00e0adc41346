import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assertOfThisMachine, filesIn, removeOtherBoots } from "../src/folder.ts";
import { LocalServer } from "../src/server.ts";

test.skipIf(process.platform !== "linux")("a file system that other machines share is refused by its name", () => {
  for (const [type, name] of [
    [0x6969, "NFS"],
    [0xff534d42, "CIFS"],
    [0xff534d42 | 0, "CIFS"],
    [0x01021997, "9P"],
    [0x65735546, "FUSE"],
  ] as const) {
    expect(() => assertOfThisMachine("/mnt/shared", type)).toThrow(new RegExp(`can't be on ${name} \\(/mnt/shared\\)`));
  }
});

test("a file system of this machine is not", () => {
  for (const ext4OrTmpfsOrXfsOrOverlay of [0xef53, 0x01021994, 0x58465342, 0x794c7630, 0x9123683e]) {
    expect(() => assertOfThisMachine("/var/lib/coord", ext4OrTmpfsOrXfsOrOverlay)).not.toThrow();
  }
});

test("what the power failure of another boot left half written is nobody's concern, and goes", async ({
  onTestFinished,
}) => {
  const folder = mkdtempSync(join(tmpdir(), "coord-boots-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const other = filesIn(folder, "another-boot");
  for (const file of [other.live, `${other.gate}-1.mdb`, `${other.gate}-1.mdb-broken`])
    writeFileSync(file, Buffer.alloc(8_192));
  await new LocalServer({ path: folder }).close();
  const left = readdirSync(folder);
  expect(left.filter((name) => name.includes("another-boot"))).toEqual([]);
  expect(left.filter((name) => /^(live|gate)-.*mdb$/.test(name))).toHaveLength(2);
});

test("the files of this boot stay", ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), "coord-boots-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = filesIn(folder, "this-boot");
  const gate = `${files.gate}-1.mdb`;
  for (const file of [files.live, `${files.live}-lock`, gate, `${gate}-lock`]) writeFileSync(file, "");
  removeOtherBoots(files);
  expect(readdirSync(folder)).toHaveLength(4);
});

import { expect, test } from "vitest";
import { assertOfThisMachine } from "../src/folder.ts";

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

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { run } from "../run.ts";
import { manifestIn, root } from "../workspace.ts";
import { type Consumer, install } from "./consumer.ts";

const packed = inject("packed");
let consumer: Consumer;

beforeAll(async () => {
  consumer = await install(packed);
});
afterAll(() => consumer?.[Symbol.asyncDispose]());

/** Every door of every package, as one types it. */
const doors = packed.flatMap(({ name, contents }) =>
  Object.entries(manifestIn(contents).exports ?? {})
    .filter(([, target]) => typeof target !== "string")
    .map(([door]) => join(name, door)),
);

async function node(name: string, text: string) {
  const file = await consumer.write(name, text);
  return run(process.execPath, ["--unhandled-rejections=strict", file], { cwd: consumer.folder, limitMs: 20_000 });
}

const work = `
  const coord = await connect("memory:packed");
  const other = await connect("memory:packed");
  const hold = await new Mutex(coord, "orders").acquire();
  const next = new Mutex(other, "orders").acquire({ waitMs: 10_000 });
  const before = await hold.release();
  const token = (await next).fencingToken;
  await coord.close();
  await other.close();
  console.log(before, token > hold.fencingToken);
`;

describe("what is published works outside of the workspace", () => {
  test("by import", async () => {
    const imports = 'import { connect } from "@coord/core"; import { Mutex } from "@coord/lock";';
    const { code, output } = await node("works.mjs", `${imports}\n${work}`);
    expect(output).toBe("released true\n");
    expect(code).toBe(0);
  });

  test("by require", async () => {
    const requires = 'const { connect } = require("@coord/core"); const { Mutex } = require("@coord/lock");';
    const { code, output } = await node("works.cjs", `${requires}\n(async () => {${work}})();`);
    expect(output).toBe("released true\n");
    expect(code).toBe(0);
  });

  test("by both in one process, which then has one copy of everything", async () => {
    const text = `
      const doors = ${JSON.stringify(doors)};
      (async () => {
        for (const door of doors) {
          const required = require(door);
          const imported = await import(door);
          for (const name of Object.keys(required)) {
            if (required[name] !== imported[name]) console.log("two copies of", name, "of", door);
          }
        }
        const { Coord, CoordError } = require("@coord/core");
        const { connect } = await import("@coord/core");
        const coord = await connect("memory:both");
        const failure = await connect("nonsense:").catch((error) => error);
        console.log(coord instanceof Coord, failure instanceof CoordError);
        await coord.close();
      })();`;
    const { code, output } = await node("both.cjs", text);
    expect(output).toBe("true true\n");
    expect(code).toBe(0);
  });

  test.each([
    ["CommonJS", "paths.cjs", "cjs", "const load = require;"],
    ["ES modules", "paths.mjs", "js", "const load = (path) => import(path);"],
  ])("through the doors of core, which share one copy of everything: %s, by path", async (_, name, extension, load) => {
    const folder = join(consumer.folder, "node_modules/@coord/core/dist");
    const paths = ["index", "spi", "recipe"].map((door) => join(folder, `${door}.${extension}`));
    const text = `
      ${load}
      (async () => {
        const [index, spi, recipe] = await Promise.all(${JSON.stringify(paths)}.map((path) => load(path)));
        let shared = 0;
        for (const [a, b] of [[index, spi], [index, recipe], [spi, recipe]]) {
          for (const name of Object.keys(a).filter((name) => name in b)) {
            shared += 1;
            if (a[name] !== b[name]) console.log("two copies of", name);
          }
        }
        console.log(index.CoordError === spi.CoordError, index.Coord !== undefined, shared > 5);
      })();`;
    const { code, output } = await node(name, text);
    expect(output).toBe("true true true\n");
    expect(code).toBe(0);
  });

  test("as the command coord", async () => {
    const { coord, ...env } = { coord: join(consumer.folder, "node_modules/.bin/coord"), COORD_URL: "file:./store" };
    const options = { cwd: consumer.folder, env: { ...process.env, ...env }, limitMs: 30_000 };
    const script = 'echo "$COORD_LOCK_NAME $COORD_FENCING_TOKEN"; exit 3';
    const locked = await run(coord, ["lock", "packed", "--", "sh", "-c", script], options);
    expect(locked.output).toMatch(/^packed \d+\n$/);
    expect(locked.code).toBe(3);
    for (const url of ["etcd://127.0.0.1:1", "zk://127.0.0.1:1"]) {
      const { code, output } = await run(coord, ["status", "--url", url, "--timeout", "300ms"], options);
      expect(code, output).toBe(69);
    }
  });

  test("without the optional store, which is named when it is asked for", async () => {
    await using bare = await install(packed.filter(({ name }) => name === "@coord/core" || name === "@coord/lock"));
    const text = `
      import { connect } from "@coord/core";
      import "@coord/lock";
      console.log((await connect("memory:none").catch((error) => error)).message);`;
    const { output } = await run(process.execPath, [await bare.write("bare.mjs", text)], { cwd: bare.folder });
    expect(output).toContain("This URL needs the package @coord/memory. Type: npm install @coord/memory");
  });
});

const compilers = [
  [
    "5.9",
    join(dirname(createRequire(join(root, "tests/package.json")).resolve("typescript-5.9/package.json")), "bin/tsc"),
  ],
  ["6", join(root, "node_modules/typescript/bin/tsc")],
] as const;

const settings = [
  ["nodenext", { module: "nodenext", moduleResolution: "nodenext" }],
  ["bundler", { module: "preserve", moduleResolution: "bundler" }],
] as const;

const body = `
export async function work(target: string | Backend): Promise<bigint> {
  const coord: Coord = await connect(target, { waitMs: 1_000 });
  try {
    return await new Mutex(coord, "orders").run((hold: Hold) => hold.fencingToken);
  } catch (error) {
    if (CoordError.is(error, "LOCK_LOST")) return 0n;
    throw error;
  } finally {
    await coord.close();
  }
}
// @ts-expect-error: a name is a string
new Mutex({} as Coord, 1);
`;

const importing = `
import { type Backend, type Coord, connect, CoordError, type Hold } from "@coord/core";
import { Mutex } from "@coord/lock";
${doors.map((door, index) => `import * as door${index} from "${door}";`).join("\n")}
export const doors = [${doors.map((_, index) => `door${index}`).join(", ")}] as const;
${body}`;

const requiring = `
import core = require("@coord/core");
import lock = require("@coord/lock");
${doors.map((door, index) => `import door${index} = require("${door}");`).join("\n")}
export const doors = [${doors.map((_, index) => `door${index}`).join(", ")}] as const;
type Backend = core.Backend; type Coord = core.Coord; type Hold = core.Hold;
const { connect, CoordError } = core;
const { Mutex } = lock;
${body}`;

describe("what is published has types for its users, without a setting of ours", () => {
  beforeAll(async () => {
    await consumer.write("importing.mts", importing);
    await consumer.write("requiring.cts", requiring);
  });

  describe.each(compilers)("TypeScript %s", (version, compiler) => {
    test.concurrent.each(settings)("%s, by import and by require", async (name, options) => {
      const compilerOptions = {
        ...options,
        target: "es2022",
        types: ["node"],
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        exactOptionalPropertyTypes: true,
      };
      const config = { compilerOptions, files: ["importing.mts", "requiring.cts"] };
      const project = await consumer.write(`tsconfig.${version}.${name}.json`, JSON.stringify(config));
      const { code, output } = await run(process.execPath, [compiler, "-p", project], { cwd: consumer.folder });
      expect(code, output).toBe(0);
    });
  });
});

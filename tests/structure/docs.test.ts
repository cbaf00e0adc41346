import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { bundle, workshop } from "./bundle.ts";
import { diagnosticsOf } from "./checked.ts";
import {
  anchorsOf,
  type Block,
  blocksOf,
  type Document,
  destinationOf,
  onMemory,
  relativeLinksOf,
} from "./documents.ts";
import { run } from "./run.ts";
import { filesBelow, packages, root } from "./workspace.ts";

const documents = await Promise.all(
  [
    join(root, "README.md"),
    ...packages().map(({ path }) => join(path, "README.md")),
    ...filesBelow(join(root, "docs"), (path) => path.endsWith(".md")),
    ...filesBelow(join(root, "examples"), (path) => path.endsWith(".md")),
  ]
    .filter((path) => existsSync(path))
    .map(read),
);
const blocks = documents.flatMap(blocksOf);
const folder = join(workshop, "docs");
const fileOf = ({ where }: Block) => join(folder, `${where.replace(/[^a-z0-9]+/gi, "-")}.ts`);

async function read(path: string): Promise<Document> {
  return { path: relative(root, path), text: await readFile(path, "utf8") };
}

async function write(file: string, text: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${text}\nexport {};\n`);
  return file;
}

/** Runs a block on memory, to its end. */
async function perform(block: Block) {
  const file = await write(fileOf({ ...block, where: `${block.where}-run` }), onMemory(block));
  const program = await bundle(file, relative(folder, file));
  return run(process.execPath, ["--unhandled-rejections=strict", program], { limitMs: 20_000 });
}

async function wrongWith(link: ReturnType<typeof relativeLinksOf>[number]): Promise<string[]> {
  const { path, anchor } = destinationOf(link);
  const wrong = `${link.from}: ${link.target} leads nowhere`;
  if (!existsSync(join(root, path))) return [wrong];
  if (anchor === "" || !path.endsWith(".md")) return [];
  return anchorsOf(await read(join(root, path))).has(anchor) ? [] : [wrong];
}

const wrongOnPurpose: Block = {
  where: "invented/wrong:1",
  text: 'import { mine } from "./mine.ts";\nimport { connect } from "@coord/core";\nawait connect(1, mine);',
  runs: false,
};
let told: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true });
  const all = [...blocks, wrongOnPurpose];
  told = diagnosticsOf(await Promise.all(all.map((block) => write(fileOf(block), block.text))));
}, 60_000);

describe.concurrent("the documents", () => {
  test("have only examples that compile", () => {
    const wrongs = blocks.flatMap((block) =>
      (told.get(fileOf(block)) ?? ["was not checked"]).map((wrong) => `${block.where}, ${wrong}`),
    );
    expect(wrongs).toEqual([]);
  });

  test.each(blocks.filter(({ runs }) => runs).map((block) => [block.where, block] as const))(
    "%s runs",
    async (_, block) => {
      const { code, output } = await perform(block);
      expect(code, output).toBe(0);
    },
  );

  test("lead nowhere but to places that are there", async () => {
    const wrongs = await Promise.all(documents.flatMap(relativeLinksOf).map(wrongWith));
    expect(wrongs.flat()).toEqual([]);
  });
});

const fence = (info: string, text: string) => `\`\`\`${info}\n${text}\n\`\`\`\n`;
const invented = (text: string): Document => ({ path: "docs/invented.md", text });

describe.concurrent("the check", () => {
  test("finds the blocks, and knows which are to be run", () => {
    const text = [
      "# Title\n",
      fence("ts", "const a = 1;"),
      fence("sh", "npm test"),
      fence("ts continued", "a;"),
      fence("ts no-run", "b;"),
      fence("ts continued", "c;"),
    ].join("");
    expect(blocksOf(invented(text))).toEqual([
      { where: "docs/invented.md:2", text: "const a = 1;", runs: true },
      { where: "docs/invented.md:8", text: "const a = 1;\na;", runs: true },
      { where: "docs/invented.md:11", text: "b;", runs: false },
      { where: "docs/invented.md:14", text: "b;\nc;", runs: false },
    ]);
  });

  test.each(["typescript", "ts norun", "ts continued"])("refuses a fence that says `%s`", (info) => {
    expect(() => blocksOf(invented(fence(info, "const a = 1;")))).toThrow("docs/invented.md:1");
  });

  test("reports a block that doesn't compile", () => {
    expect(told.get(fileOf(wrongOnPurpose))?.join()).toMatch(/^line 3: .*'number'/);
  });

  test("reports a block that fails, or leaves its client open", async () => {
    const where = "invented/fails:1";
    expect((await perform({ where, runs: true, text: 'throw new Error("on purpose");' })).output).toContain(
      "on purpose",
    );
    const text =
      'import { connect } from "@coord/core";\nawait connect("etcd://nowhere:2379");\nawait new Promise(() => {});';
    const { code } = await run(
      process.execPath,
      [await bundle(await write(join(workshop, "invented/open.ts"), onMemory({ where, runs: true, text })), "open")],
      { limitMs: 2_000 },
    );
    expect(code).toBe("SIGKILL");
  });

  test("runs every store as memory", () => {
    const text = 'connect("etcd://a:2379,b:2379/billing"); connect("https://example.org");';
    expect(onMemory({ where: "docs/a.md:3", runs: true, text })).toBe(
      'connect("memory:docs-a-md-3"); connect("https://example.org");',
    );
  });

  test("reports links that lead nowhere, in their file or in another", async () => {
    const text =
      "[a](../package.json) [b](nowhere.md) [c](#title) `[d](no.md)` [e](https://example.org) ![f](<no.svg>)\n\n[g]: no.md\n";
    const links = relativeLinksOf(invented(text));
    expect(links.map(({ target }) => target)).toEqual(["../package.json", "nowhere.md", "#title", "no.svg", "no.md"]);
    expect((await Promise.all(links.filter(({ target }) => target !== "#title").map(wrongWith))).flat()).toEqual(
      ["nowhere.md", "no.svg", "no.md"].map((target) => `docs/invented.md: ${target} leads nowhere`),
    );
  });

  test("knows the anchors of headings", () => {
    const anchors = anchorsOf(
      invented("# What `run()` does, and *why*\n\n## Again\n\n## Again\n\n```sh\n# none\n```\n"),
    );
    expect([...anchors]).toEqual(["what-run-does-and-why", "again", "again-1"]);
    expect(destinationOf({ from: "docs/a/b.md", target: "../c.md#again" })).toEqual({
      path: "docs/c.md",
      anchor: "again",
    });
    expect(destinationOf({ from: "docs/a/b.md", target: "#again" })).toEqual({ path: "docs/a/b.md", anchor: "again" });
  });
});

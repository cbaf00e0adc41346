// Starts three processes of the application and checks what they say when they have ended.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

interface Told {
  readonly name: string;
  readonly mine: number;
  readonly results: number;
  readonly prices: readonly number[];
}

const [CONFIG_URL, DATA_URL] = process.argv.slice(2);
const application = fileURLToPath(new URL("application.mjs", import.meta.url));
const run = promisify(execFile);
const { RUN = randomUUID() } = process.env;

const told = await Promise.all(
  ["worker-1", "worker-2", "worker-3"].map(async (NAME): Promise<Told> => {
    const { stdout } = await run(process.execPath, ["--unhandled-rejections=strict", application], {
      env: { ...process.env, CONFIG_URL, DATA_URL, NAME, RUN },
    });
    return JSON.parse(stdout);
  }),
);

for (const { name, mine } of told) console.log(`${name} did ${mine} jobs`);
const jobs = told.reduce((sum, { mine }) => sum + mine, 0);
const agreed = told.every(({ results, prices }) => results === jobs && prices.join() === "3,5");
console.log(
  agreed
    ? `two-stores: ${jobs} jobs done, each once; all saw the price change from 3 to 5`
    : `two-stores: the processes disagree: ${JSON.stringify(told)}`,
);
process.exitCode = agreed && jobs === 24 ? 0 : 1;

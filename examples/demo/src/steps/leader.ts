import { once } from "node:events";
import { Election, type Leadership } from "@coord/election";
import { check } from "../check.ts";
import { eventually, nowMs } from "../clock.ts";
import { step } from "../step.ts";

const name = "scheduler";

/** Each worker leads in its turn, and resigns when it is told to. */
export const leader = step({
  title: "a leader that resigns hands over at once",
  ttlMs: 10_000,

  inWorker({ coord }) {
    const election = new Election(coord, name);
    let leading: Leadership | undefined;
    let resignedAtMs = 0;
    return {
      /** Resolves once it leads. */
      campaign: () =>
        new Promise<{ term: bigint; atMs: number }>((resolve, reject) => {
          const body = async (leadership: Leadership) => {
            leading = leadership;
            resolve({ term: leadership.term, atMs: nowMs() });
            await once(leadership.signal, "abort");
          };
          election.lead(body).catch(reject);
        }),
      async resign() {
        resignedAtMs = nowMs();
        await leading?.resign();
        return resignedAtMs;
      },
    };
  },

  async run({ coord, workers }) {
    const election = new Election(coord, name);
    const terms: bigint[] = [];
    const tookMs: number[] = [];
    const elected = [];
    for (const [index, worker] of workers.entries()) {
      elected.push(worker.ask("campaign"));
      const candidates = async () => (await election.candidates()).length;
      await eventually(`${worker.name} to be a candidate`, async () => (await candidates()) === index + 1);
    }
    terms.push((await elected[0])?.term ?? 0n);
    for (const [index, worker] of workers.slice(0, -1).entries()) {
      const resignedAtMs = await worker.ask("resign");
      const next = await elected[index + 1];
      terms.push(next?.term ?? 0n);
      tookMs.push((next?.atMs ?? 0) - resignedAtMs);
    }
    const rise = terms.every((term, i) => i === 0 || term > (terms[i - 1] ?? term));
    check(rise, "terms that rise", terms);
    const slowestMs = Math.max(...tookMs);
    check(slowestMs < 1_000, "each hand-over within 1.0 s", `${slowestMs} ms`);
    const leads = (await election.leader())?.id;
    check(leads === workers[2].name, "worker 3 to lead in the end", leads);
    return `a leader resigned, twice: the next one led after ${tookMs.map((ms) => ms.toFixed(1)).join(" and ")} ms, terms rising`;
  },
});

import type { CoordError } from "@coord/core/spi";
import { UnavailableError } from "@coord/core/spi";
import type { IResponseHeader, ITxnRequest, ITxnResponse } from "etcd3";
import type { Connection } from "./connection.ts";
import type { Asked } from "./failure.ts";

export interface Transactable extends Asked {
  readonly request: ITxnRequest;
  readonly answerMs?: number | undefined;
}

/** Changes nothing, yet takes its place among the writes: what it answers is the store's revision now, whichever member is asked. */
const touch: ITxnRequest = { success: [{ request_delete_range: { key: Buffer.from("\0") } }] };

/** Transactions, whose answers continue the store's history: one that doesn't is no answer. */
export class Transactions {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async run(asked: Transactable): Promise<ITxnResponse> {
    const { lineage } = this.#connection;
    const known = lineage.revision;
    const answer = await this.#send(asked);
    if (lineage.continues(answer.header, known)) {
      lineage.extend(answer.header);
      return answer;
    }
    if (asked.request !== touch && !(await this.isRestored())) throw this.#outdated(asked, answer.header);
    return answer;
  }

  /** Whether the store was restored to an older state, which is then taken up. Asked when an answer casts doubt on it. */
  async isRestored(): Promise<boolean> {
    const { lineage } = this.#connection;
    const known = lineage.revision;
    const { header } = await this.#send({ request: touch, operation: "look at the revision", repeatable: true });
    if (lineage.continues(header, known)) return false;
    if (lineage.revision >= known) lineage.restart(header); // unless somebody else found out meanwhile
    return true;
  }

  #send({ request, ...asked }: Transactable): Promise<ITxnResponse> {
    return this.#connection.call({ ...asked, send: (rpc, options) => rpc.kv.txn(request, options) });
  }

  /** Some versions of etcd read from a member that is behind, right after that was stopped for a while. */
  #outdated({ operation, key }: Asked, { member_id, revision }: IResponseHeader): CoordError {
    return new UnavailableError(
      `A member of etcd (${member_id}) answered ${operation} from the past, at revision ${revision}; it was not taken for an answer.`,
      { operation: `store.${operation}`, key },
    );
  }
}

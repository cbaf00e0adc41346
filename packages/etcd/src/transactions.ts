import { type CoordError, type Key, UnavailableError, UnknownOutcomeError } from "@coord/core/spi";
import type { IResponseHeader } from "etcd3";
import type { Ask, Connection } from "./connection.ts";
import { type Asked, leavesDoubt } from "./failure.ts";
import type { TxnRequest, TxnResponse } from "./wire/txn.ts";

export interface Transactable extends Asked {
  readonly request: TxnRequest;
  readonly signal?: AbortSignal | undefined;
  readonly answerMs?: number | undefined;
}

/** Transactions, whose answers continue the store's history: one that doesn't is no answer. */
export class Transactions {
  readonly #connection: Connection;
  readonly #touch: TxnRequest;

  /** @param namespace where the client may write: its user may have the right to nothing else */
  constructor(connection: Connection, namespace: Key) {
    this.#connection = connection;
    // Changes nothing, for no key ends so, yet takes its place among the writes: what it answers is the revision now, whichever member is asked.
    const nobody = namespace === "" ? "\0" : `${namespace}/`;
    this.#touch = { success: [{ request_delete_range: { key: nobody } }] };
  }

  async run(asked: Transactable): Promise<TxnResponse> {
    const { lineage } = this.#connection;
    const { revision: known, epoch } = lineage;
    const answer = await this.#send(asked);
    if (lineage.epoch !== epoch) return answer; // somebody else found out meanwhile
    if (lineage.continues(answer.header, known)) {
      lineage.extend(answer.header);
      return answer;
    }
    const restored = await this.isRestored().catch((error) => {
      throw leavesDoubt(asked) ? this.#unknown(asked, error) : error;
    });
    if (restored || lineage.epoch !== epoch) return answer;
    throw leavesDoubt(asked) ? this.#unknown(asked) : this.#outdated(asked, answer.header);
  }

  /** Whether the store was restored to an older state, which is then taken up. Asked when an answer casts doubt on it. */
  async isRestored(): Promise<boolean> {
    const { lineage } = this.#connection;
    const { revision: known, epoch } = lineage;
    const { header } = await this.#send({ request: this.#touch, operation: "look at the revision", repeatable: true });
    if (lineage.epoch !== epoch) return true;
    if (lineage.continues(header, known)) {
      lineage.agree(header);
      return false;
    }
    lineage.restart(header);
    return true;
  }

  #send({ request, operation, key, repeatable, doubtful, signal, answerMs }: Transactable): Promise<TxnResponse> {
    const send: Ask<TxnResponse>["send"] = (rpc, options) => rpc.txn(request, options);
    return this.#connection.call({ operation, key, repeatable, doubtful, signal, answerMs, send });
  }

  /** Some versions of etcd read from a member that is behind, right after that was stopped for a while. */
  #outdated({ operation, key }: Asked, { member_id, revision }: IResponseHeader): CoordError {
    return new UnavailableError(
      `A member of etcd (${member_id}) answered ${operation} from the past, at revision ${revision}; it was not taken for an answer.`,
      { operation: `store.${operation}`, key },
    );
  }

  #unknown({ operation, key }: Asked, cause?: unknown): CoordError {
    return new UnknownOutcomeError(
      `etcd answered ${operation} at a revision of the past, and what became of it is not known. Read before you repeat it.`,
      { operation: `store.${operation}`, key, cause },
    );
  }
}

import type { Send } from "./connection.ts";
import { isRefused } from "./errors.ts";
import { ifThere } from "./reading.ts";
import { type Answer, LongAnswerError, RefusedError } from "./wire/answers.ts";
import { errorCode } from "./wire/codes.ts";
import { listsOf } from "./wire/ops.ts";
import { getChildren } from "./wire/requests.ts";

/** The names of a directory's children, `undefined` where there is no such node, or why they can't be told. */
export type Listed = Answer<readonly string[] | undefined> | { readonly error: unknown };

/** Lists directories, several in one answer. */
export class Lists {
  readonly #send: Send;
  /** Whether servers have lists that travel together: ZooKeeper 3.6 and later. */
  #together = true;

  constructor(send: Send) {
    this.#send = send;
  }

  of(directory: string): Promise<Listed> {
    return ifThere(this.#send(getChildren(directory))).catch(asValue);
  }

  /** By directory; one by one where all of them are too long for one answer. */
  async ofAll(directories: readonly string[]): Promise<ReadonlyMap<string, Listed>> {
    const singly = async () =>
      new Map(await Promise.all(directories.map(async (each) => [each, await this.of(each)] as const)));
    if (directories.length < 2 || !this.#together) return singly();
    const answer = await this.#send(listsOf(directories)).catch(asValue);
    if (!("error" in answer)) return new Map(directories.map((each, index) => [each, listed(answer, index)]));
    if (isRefused(answer.error, errorCode.unimplemented)) this.#together = false;
    else if (!(answer.error instanceof LongAnswerError)) return new Map(directories.map((each) => [each, answer]));
    return singly();
  }
}

function listed({ zxid, value }: Answer<readonly (readonly string[] | number)[]>, index: number): Listed {
  const names = value[index] ?? [];
  if (typeof names !== "number") return { zxid, value: names };
  return names === errorCode.noNode ? { zxid, value: undefined } : { error: new RefusedError(names, zxid) };
}

/** For `catch`. */
const asValue = (error: unknown): { readonly error: unknown } => ({ error });

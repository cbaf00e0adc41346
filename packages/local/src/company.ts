import { isRunning } from "./machine.ts";
import type { Table } from "./table.ts";

/**
 * Who has the store open: each has a row for as long as it does. Who comes and who goes changes the number of comings and goings
 * that is read with the commit counter, so whoever writes knows for certain whether there is anybody else to tell. A process that
 * was killed leaves its row, and counts as there until somebody finds that it runs no more.
 */
export class Company {
  readonly #table: Table;
  /** Our own row. */
  #own = "";
  #movements = -1;
  #alone = false;

  constructor(table: Table) {
    this.#table = table;
  }

  /** As of the beginning of this moment, nobody else has the store open. */
  get alone(): boolean {
    return this.#alone;
  }

  /** Begins a moment. */
  look(): void {
    if (this.#table.movements === this.#movements) return;
    this.#alone = this.#table.members().every((member) => member === this.#own);
    this.#movements = this.#table.movements;
  }

  /** Within a step. */
  join(): void {
    this.#removeEnded();
    this.#own = `${process.pid}-${this.#table.movements}`; // no other thread, and no other store of this one, has come at the same number
    this.#table.addMember(this.#own);
  }

  /** Within a step. */
  leave(): void {
    this.#table.removeMember(this.#own);
  }

  /** Within a step: forgets those whose processes have ended. */
  review(): void {
    if (!this.#alone) this.#removeEnded();
  }

  #removeEnded(): void {
    const ended = this.#table.members().filter((member) => !isRunning(Number.parseInt(member, 10)));
    for (const member of ended) this.#table.removeMember(member);
  }
}

/** A deliberate break of the source: what is written, what stands there instead, and what a user would suffer from it. */
export interface Mutant {
  readonly name: string;
  /** Below `packages/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

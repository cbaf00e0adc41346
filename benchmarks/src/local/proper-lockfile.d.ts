/** The part of it that is measured. */
declare module "proper-lockfile" {
  export function lock(
    file: string,
    options?: {
      readonly retries?: {
        readonly forever?: boolean;
        readonly factor?: number;
        readonly minTimeout?: number;
        readonly maxTimeout?: number;
      };
    },
  ): Promise<() => Promise<void>>;
}

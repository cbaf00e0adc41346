import { isKey, type Key, parentOf } from "@coord/core/spi";

/** From the first key to before the last, as etcd counts them: by their bytes. */
export interface Range {
  readonly key: string;
  /** None for the one key. */
  readonly range_end?: string;
}

/** Everything below a key: its children, and theirs. `""` is the whole store. */
export function rangeBelow(under: Key): Required<Range> {
  if (under === "") return { key: "\0", range_end: "\0" };
  return { key: `${under}/`, range_end: `${under}0` }; // "0" comes right after "/"
}

/** The key that these bytes are, or `undefined` for what another program wrote and no name of ours can be. */
export function keyOf(bytes: Buffer): Key | undefined {
  const key = bytes.toString();
  return isKey(key) && bytes.equals(Buffer.from(key)) ? key : undefined;
}

/** The key of a direct child of `under`, or `undefined` for what lies deeper or is no key. */
export function childOf(under: Key, bytes: Buffer): Key | undefined {
  const from = under === "" ? 0 : Buffer.byteLength(under) + 1;
  if (bytes.indexOf("/", from) >= 0) return undefined;
  const key = keyOf(bytes);
  return key !== undefined && parentOf(key) === under ? key : undefined;
}

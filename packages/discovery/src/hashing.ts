import xxhash, { type XXHashAPI } from "xxhash-wasm";

let loaded: XXHashAPI | undefined;
let loading: Promise<void> | undefined;

export function loadHash(): Promise<void> {
  loading ??= xxhash().then((api) => {
    loaded = api;
  });
  return loading;
}

export const hashLoaded = (): boolean => loaded !== undefined;

/** 32 bits of text. Only after `loadHash()`. */
export function hashOf(text: string): number {
  if (!loaded) throw new Error("loadHash() has not resolved yet");
  return loaded.h32(text) >>> 0;
}

/** Evenly in (0, 1), from two hashes together: MurmurHash3's finalizer over both (Austin Appleby). */
export function mixed(a: number, b: number): number {
  let hash = (a ^ Math.imul(b, 0x9e3779b1)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 + 2 ** -33;
}

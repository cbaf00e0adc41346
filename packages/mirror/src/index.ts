export { type CompareOptions, type Comparison, compare } from "./compare.ts";
export { type Copied, type CopyOptions, copy } from "./copy.ts";
export type { DirectoryOptions } from "./directory.ts";
export { mirror } from "./mirror.ts";
export type { MirrorOptions, MirrorStatus } from "./options.ts";

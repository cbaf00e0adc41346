import type { Backend } from "./src/store.ts";

/**
 * What every backend's package exports for `connect(url)`. The declarations of this package are built against it in the
 * place of the backends themselves, which are built against this package.
 */
export declare function fromUrl(url: string): Backend;

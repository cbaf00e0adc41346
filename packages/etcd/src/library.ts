/** What is reached for in a package beside what it shows, in the version that it was found in. */
export interface Inner {
  readonly name: string;
  readonly version: string;
  /** In the package's own words. */
  readonly part: string;
}

/** Throws at the start where it isn't there, rather than in the middle of something. */
export function assertThere(isThere: boolean, { name, version, part }: Inner): void {
  if (isThere) return;
  throw new Error(
    `${name} is not the version ${version} that @coord/etcd is made for (${part} changed). Install exactly that one.`,
  );
}

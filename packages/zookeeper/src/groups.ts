/** So many nodes in one request: with the longest names they fit in. */
const atOnce = 256;

/** These paths, as many together as one request may name. */
export function groupsOf(paths: readonly string[]): readonly (readonly string[])[] {
  const groups: (readonly string[])[] = [];
  for (let from = 0; from < paths.length; from += atOnce) groups.push(paths.slice(from, from + atOnce));
  return groups;
}

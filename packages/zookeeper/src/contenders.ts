import type { Key, Rival } from "@coord/core/spi";
import { childPath, keyOf, nameOf } from "./nodes.ts";

/**
 * The names of contenders, as Curator's recipes make and read them: `_c_<id>-<kind>-<number>`, and without the last dash
 * where the kind ends in an underscore. The number is the server's: ten digits, or a minus and nine or ten of them; a single
 * dash after a letter is no minus.
 */
const numbered = /(\d{10}|(?<=^|[-_])-\d{9,10})$/;
const ours = /^_c_(.*)-([A-Za-z_]+?)-?(?:\d{10}|-\d{9,10})$/;

const prefixOf = (id: string): string => `_c_${id}-`;

/** What a contender's name begins with; the server adds the number. */
export const nameStem = (id: string, kind: string): string => `${prefixOf(id)}${kind}${kind.endsWith("_") ? "" : "-"}`;

/** Of whoever has this key, where it is a contender's. */
export const idIn = (key: Key): string | undefined => ours.exec(nameOf(key))?.[1];

export const isNameOf = (name: string, id: string): boolean => name.startsWith(prefixOf(id)) && numbered.test(name);

/** Whether the key is one that only a contender has: never a directory, and never used again. */
export const isContender = (key: Key): boolean => ours.test(nameOf(key));

/** So much of a name tells its number, and costs less to look at than all of it: eleven, and what is before a minus. */
const mostTelling = 12;

const numberOf = (name: string): number | undefined => {
  const number = numbered.exec(name.slice(-mostTelling))?.[1];
  return number === undefined ? undefined : Number(number);
};

/** Here a directory's count ends: from then on it gives this number again and again, and some below zero where several come at once. */
const lastNumber = 2 ** 31 - 1;

const tells = (number: number): boolean => number >= 0 && number < lastNumber;

/** Whether nothing was created in their directory between these two. */
export function isNextAfter(before: string, name: string): boolean {
  const [from, to] = [numberOf(before), numberOf(name)];
  return from !== undefined && to === from + 1 && tells(from) && tells(to);
}

/** Those of `names` that were created before `own`, in their order; `undefined` where the numbers don't tell. */
export function rivalsAhead(line: string, names: readonly string[], own: string): Rival[] | undefined {
  if (names.length === 1 && names[0] === own) return [];
  const ownNumber = numberOf(own) ?? 0;
  const rivals = names.flatMap((name) => {
    const number = name === own ? undefined : numberOf(name);
    return number === undefined ? [] : { name, number };
  });
  if (rivals.length > 0 && !tells(ownNumber)) return undefined;
  if (rivals.some(({ number }) => number === ownNumber || !tells(number))) return undefined;
  return rivals
    .filter(({ number }) => number < ownNumber)
    .sort((a, b) => a.number - b.number)
    .map(({ name }) => rivalOf(line, name));
}

/** Those of `names` that stand in line with `own`. */
export const rivalsOf = (line: string, names: readonly string[], own: string): Rival[] =>
  names.filter((name) => name !== own && numbered.test(name)).map((name) => rivalOf(line, name));

const rivalOf = (line: string, name: string): Rival => ({
  key: keyOf(childPath(line, name)),
  kind: ours.exec(name)?.[2],
});

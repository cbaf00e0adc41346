/**
 * A number as part of a kind, which consists of letters: `a` to `j` stand for the digits 0 to 9. So others see it without
 * reading values.
 */
export function toLetters(number: number): string {
  return String(number).replace(/\d/g, (digit) => alphabet[Number(digit)] ?? "");
}

/** The number that `toLetters` made these from. */
export function fromLetters(letters: string): number {
  return Number(letters.replace(/./g, (letter) => String(alphabet.indexOf(letter))));
}

const alphabet = "abcdefghij";

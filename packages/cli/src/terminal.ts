import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** What `coord` says itself goes to stderr, what it was asked for to stdout; with `json` each is one line of JSON. */
export class Terminal {
  readonly json: boolean;
  readonly #verbose: boolean;

  constructor({ json = false, verbose = false }: { readonly json?: boolean; readonly verbose?: boolean } = {}) {
    this.json = json;
    this.#verbose = verbose;
  }

  /** An answer. */
  answer(value: unknown, text: () => string): void {
    process.stdout.write(`${this.json ? toJson(value) : text()}\n`);
  }

  /** Something that has happened, told in passing: to a program always, to a person who asked for it. */
  note(event: { readonly event: string; readonly [field: string]: unknown }, text: string): void {
    if (this.json || this.#verbose) this.tell(event, text);
  }

  /** Something that whoever runs `coord` must know. */
  tell(event: { readonly event: string; readonly [field: string]: unknown }, text: string): void {
    process.stderr.write(
      this.json ? `${toJson(event)}\n` : `${style("dim", "coord:", process.stderr)} ${plain(text)}\n`,
    );
  }
}

/** Token and order are `bigint`, which JSON hasn't: decimal text, as they may be longer than a number is exact. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));

/** Colour is for terminals, and for those who want it: NO_COLOR, FORCE_COLOR and TERM are heeded. */
export function style(how: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const wanted = stream.isTTY && stream.hasColors(process.env);
  return wanted ? styleText(how, text, { validateStream: false }) : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const notPrintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** What others have written into the store must not steer the terminal of the one who looks. */
export const plain = (text: string): string =>
  text.replace(notPrintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Columns that stand below each other. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => plain(cell).replace(/[\t\n]/g, " ")));
  const widths = head.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return [style("bold", line(head)), ...cells.map(line)].join("\n");
}

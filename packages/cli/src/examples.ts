/** The end of a help text: what one might type, and what for. */
export function examples(...lines: readonly (readonly [line: string, what: string])[]): string {
  const shown = lines.map(([line, what]) => `  # ${what}\n  $ ${line}`);
  return `\nExamples:\n${shown.join("\n")}`;
}

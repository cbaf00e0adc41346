import { type Issue, ValidationError } from "@coord/core";
import { showPath } from "./path.ts";

const shownIssues = 5;

/** @param what begins the sentence, and is what is not valid */
export function invalid(what: string, name: string, issues: readonly Issue[]): ValidationError {
  const shown = issues.slice(0, shownIssues).map(({ path, message }) => `${showPath(path)}: ${message}`);
  const more = issues.length > shownIssues ? ` (and ${issues.length - shownIssues} more)` : "";
  return new ValidationError(
    `${what} is not valid: ${shown.join("; ")}${more}. Correct it and write it again.`,
    issues,
    {
      operation: "config",
      key: name,
    },
  );
}

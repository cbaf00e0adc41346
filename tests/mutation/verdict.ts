/** By what a mutant is caught. */
export type Verdict =
  | { readonly by: "rule"; readonly title: string }
  | { readonly by: "case"; readonly title: string; readonly seed: number }
  | { readonly by: "seed"; readonly workload: string; readonly seed: number; readonly rule: string }
  | { readonly by: "crash"; readonly error: string };

/** What one process of the hunt is told: to look there first, or only there. */
export interface Errand {
  readonly first: readonly Verdict[];
  readonly only: boolean;
}

export function worded(verdict: Verdict): string {
  switch (verdict.by) {
    case "rule":
      return `rule "${verdict.title}"`;
    case "case":
      return `case "${verdict.title}", seed ${verdict.seed}`;
    case "seed":
      return `seed ${verdict.seed} of ${verdict.workload}: ${verdict.rule}`;
    case "crash":
      return verdict.error;
  }
}

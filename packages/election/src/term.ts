/** How a term has ended, and what `lead` makes of it. */
export interface Term<T> {
  readonly ended: "returned" | "failed" | "lost";
  readonly outcome: () => T;
}

export function termOf<T>(ended: "failed" | "lost", error: unknown): Term<T> {
  return {
    ended,
    outcome: () => {
      throw error;
    },
  };
}

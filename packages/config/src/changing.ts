import { AsyncLocalStorage } from "node:async_hooks";
import { DeadlockError } from "@coord/core";
import type { RecipeContext } from "@coord/core/recipe";
import type { DocumentKeys } from "./place.ts";

/** A `change` that is being asked, and the document whose next write waits for that. */
interface Changing {
  readonly context: RecipeContext;
  readonly document: string;
  over: boolean;
}

/** The changes that the current flow of control is inside of. */
const flow = new AsyncLocalStorage<readonly Changing[]>();

/** Asks a `change`, for which the next writes of this document wait until then. */
export async function changing<T>(
  context: RecipeContext,
  { document }: DocumentKeys,
  ask: () => Promise<T>,
): Promise<T> {
  const mine = { context, document, over: false };
  try {
    return await flow.run([...(flow.getStore() ?? []), mine], ask);
  } finally {
    mine.over = true;
  }
}

/** @throws DeadlockError inside a `change` of this document, which the write would wait for */
export function assertNotChanging(context: RecipeContext, { name, document }: DocumentKeys): void {
  const waits = (outer: Changing) => outer.context === context && outer.document === document && !outer.over;
  if (!flow.getStore()?.some(waits)) return;
  throw new DeadlockError(
    `The document ${JSON.stringify(name)} is being changed by this very flow of control, which would wait for itself. Return all that is to change from the outer \`change\`.`,
    { operation: "config.update", key: name },
  );
}

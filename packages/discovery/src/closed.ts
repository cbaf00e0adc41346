import { ClosedError } from "@coord/core";
import { closedError, type RecipeContext } from "@coord/core/recipe";

/** What is told of a handle that is over: its client is, where that was closed, or the handle alone. */
export const closedBy = (context: RecipeContext, message: string): ClosedError =>
  context.state() === "closed" ? closedError() : new ClosedError(message);

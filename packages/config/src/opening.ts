import { UnavailableError, type WaitOptions } from "@coord/core";
import { attended, type RecipeContext } from "@coord/core/recipe";
import { defaultOpenMs } from "./folder.ts";
import type { SnapshotFile } from "./snapshot-file.ts";
import type { View } from "./view.ts";

/** A document that is being opened. */
export interface Opening {
  readonly context: RecipeContext;
  readonly name: string;
  readonly view: Pick<View<unknown>, "first" | "begin" | "rejection">;
  readonly file: SnapshotFile | undefined;
}

/** Resolves when the view has something to show: what the store has, or without it the snapshot file. @throws as `Config.open` */
export async function begin(opening: Opening, { signal, waitMs = defaultOpenMs }: WaitOptions): Promise<void> {
  const { context, view } = opening;
  const timeout = () => outOfReach(opening, waitMs);
  try {
    await attended(context, { signal, waitMs, timeout }, (wait) => wait.race(view.first()));
  } catch (error) {
    await fromFile(opening, error);
  }
}

/** The last good version, where the store is out of reach or has one that can't be taken over. */
async function fromFile({ context, name, view, file }: Opening, error: unknown): Promise<void> {
  const helps = error instanceof UnavailableError || view.rejection !== undefined;
  if (!file || !helps) throw error;
  const found = await file.read();
  if ("decoded" in found && (await view.begin(found.decoded))) {
    return context.logger.warn({ name, error }, "a document is read from its snapshot file");
  }
  const useless = "useless" in found ? found.useless : "what it has does not satisfy the schema";
  if (!(error instanceof UnavailableError)) throw error;
  throw new UnavailableError(`${error.message} The snapshot file ${file.path} is of no use: ${useless}.`, error);
}

function outOfReach({ context, name }: Opening, waitMs: number): UnavailableError {
  return new UnavailableError(
    `The document ${JSON.stringify(name)} could not be read within ${waitMs} ms from ${context.endpoints.join(", ")}. Check that the store runs.`,
    { operation: "config.open", key: name, cause: context.trouble() },
  );
}

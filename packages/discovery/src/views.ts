import type { RecipeContext } from "@coord/core/recipe";
import { View, type ViewParts } from "./view.ts";

interface Shared {
  readonly view: View;
  /** How many hold it, also those who don't look yet. */
  holders: number;
}

/** The views of each client, so that all who look at one service share one. */
const viewsOf = new WeakMap<RecipeContext, Map<string, Shared>>();

/** The view of a service, for one who looks; the result `leave` is to be called once. */
export function shared(parts: ViewParts, name: string): { readonly view: View; readonly leave: () => void } {
  const views = viewsOf.get(parts.context) ?? new Map<string, Shared>();
  viewsOf.set(parts.context, views);
  const found = views.get(name) ?? { view: new View(parts), holders: 0 };
  views.set(name, found);
  found.holders += 1;
  const leave = () => {
    found.holders -= 1;
    if (found.holders > 0) return;
    views.delete(name);
    found.view.close();
  };
  return { view: found.view, leave };
}

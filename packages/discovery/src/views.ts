import type { RecipeContext } from "@coord/core/recipe";
import { View, type ViewParts } from "./view.ts";

/** The views of each client, so that all who look at one service share one watch. */
const viewsOf = new WeakMap<RecipeContext, Map<string, View>>();

/** The view of a service, for one who looks: `leave` when done. */
export function shared(
  parts: ViewParts,
  name: string,
): { readonly view: View; readonly leave: (viewer: Parameters<View["add"]>[0]) => void } {
  const { context } = parts;
  const views = viewsOf.get(context) ?? new Map<string, View>();
  viewsOf.set(context, views);
  const view = views.get(name) ?? new View(parts);
  views.set(name, view);
  const leave = (viewer: Parameters<View["add"]>[0]) => {
    view.remove(viewer);
    if (view.viewers > 0 || views.get(name) !== view) return;
    views.delete(name);
    view.close();
  };
  return { view, leave };
}

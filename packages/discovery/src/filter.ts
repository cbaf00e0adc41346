import { UsageError } from "@coord/core";
import type { Logger } from "@coord/core/recipe";
import type { Instance } from "./instance.ts";

type Where = (instance: Instance) => boolean;

/** Where the user's filter throws, the instance doesn't pass. The logger is told the first time: it may throw at each look. */
export function filterOf(where: Where | undefined, service: string, logger: Logger): Where | undefined {
  if (where === undefined) return undefined;
  if (typeof where !== "function")
    throw new UsageError("`where` must be a function of an instance.", { operation: "discovery.service" });
  let told = false;
  return (instance) => {
    try {
      return where(instance);
    } catch (error) {
      if (!told)
        logger.error({ error, service, id: instance.id }, "`where` threw on an instance, which is passed over");
      told = true;
      return false;
    }
  };
}

import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@coord/source"] },
  ssr: { resolve: { conditions: ["@coord/source"], externalConditions: ["@coord/source"] } },
});

import { library } from "../../tsup.shared.ts";

export default library({
  entry: ["src/index.ts", "src/spi.ts", "src/recipe.ts"],
  noExternal: ["p-retry", "is-network-error"],
});

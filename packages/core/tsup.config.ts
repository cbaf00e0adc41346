import { library } from "../../tsup.shared.ts";

export default library({
  entry: ["src/index.ts", "src/spi.ts", "src/recipe.ts"],
  noExternal: ["p-retry", "is-network-error"],
  dts: {
    compilerOptions: {
      ignoreDeprecations: "6.0",
      paths: Object.fromEntries(
        ["memory", "local", "etcd", "zookeeper"].map((name) => [`@coord/${name}`, ["./backend-package.d.ts"]]),
      ),
    },
  },
});

import { availableParallelism } from "node:os";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Inside the workspace every package is its source: nothing has to be built before a test. */
const source = {
  resolve: { conditions: ["@coord/source"] },
  ssr: { resolve: { conditions: ["@coord/source"], externalConditions: ["@coord/source"] } },
};

type ProjectOptions = NonNullable<TestProjectInlineConfiguration["test"]>;

const project = (name: string, test: ProjectOptions): TestProjectInlineConfiguration => ({
  ...source,
  test: { name, maxWorkers: availableParallelism(), ...test },
});

/** Starts with what takes minutes, so that no core is idle at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ project }: TestSpecification) => ["mutation", "simulation"].includes(project.name);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      project("unit", { include: ["packages/*/test/**/*.test.ts", "tests/properties/**/*.test.ts"] }),
      project("certify", { include: ["tests/certify/memory.test.ts", "tests/rules/**/*.test.ts"] }),
      project("mutation", { include: ["tests/mutation/**/*.test.ts"], maxConcurrency: 2 }),
      project("simulation", { include: ["tests/simulation/**/*.test.ts"] }),
      project("structure", { include: ["tests/structure/*.test.ts"], testTimeout: 60_000 }),
      project("soak", { include: ["tests/structure/soak/*.test.ts"] }),
      project("reporting", { include: ["tests/reporting/*.test.ts"], testTimeout: 60_000 }),
      project("packed", {
        include: ["tests/structure/packed/*.test.ts"],
        globalSetup: ["tests/structure/packed/global-setup.ts", "tests/testbed/global-setup.ts"],
        testTimeout: 120_000,
        hookTimeout: 120_000,
      }),
      project("demo", {
        include: ["tests/demo/**/*.test.ts"],
        maxWorkers: 2,
        testTimeout: 60_000,
        sequence: { groupOrder: 5 },
      }),
      project("examples", {
        include: ["tests/examples/**/*.test.ts"],
        globalSetup: ["tests/testbed/global-setup.ts"],
        pool: "forks",
        testTimeout: 90_000,
        sequence: { groupOrder: 1 },
      }),
      project("etcd", {
        include: ["tests/certify/etcd*.test.ts", "tests/etcd/**/*.test.ts", "tests/costs/etcd.test.ts"],
        globalSetup: ["tests/testbed/global-setup.ts"],
        pool: "forks",
        maxWorkers: 2,
        maxConcurrency: 4,
        testTimeout: 60_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 2 },
      }),
      project("zookeeper", {
        include: ["tests/certify/zookeeper*.test.ts", "tests/zookeeper/**/*.test.ts", "tests/costs/zookeeper.test.ts"],
        globalSetup: ["tests/testbed/global-setup.ts"],
        pool: "forks",
        maxWorkers: 2,
        maxConcurrency: 2,
        testTimeout: 60_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 3 },
      }),
      project("two-stores", {
        include: ["tests/two-stores/**/*.test.ts"],
        globalSetup: ["tests/testbed/global-setup.ts"],
        pool: "forks",
        maxWorkers: 2,
        testTimeout: 60_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 3 },
      }),
      project("chaos", {
        include: ["tests/chaos/**/*.test.ts"],
        globalSetup: ["tests/testbed/global-setup.ts"],
        pool: "forks",
        maxWorkers: 2,
        sequence: { groupOrder: 4 },
      }),
      project("interop", {
        include: ["tests/interop/**/*.test.ts"],
        globalSetup: ["tests/testbed/global-setup.ts", "tests/interop/global-setup.ts"],
        pool: "forks",
        testTimeout: 60_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 1 },
      }),
      project("discovery", {
        include: ["tests/discovery/**/*.test.ts"],
        globalSetup: ["tests/testbed/global-setup.ts"],
        pool: "forks",
        maxWorkers: 2,
        maxConcurrency: 2,
        testTimeout: 120_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 4 },
      }),
      project("local", {
        include: ["tests/certify/local*.test.ts", "tests/local/**/*.test.ts"],
        pool: "forks",
        maxWorkers: 2,
        maxConcurrency: 4,
        testTimeout: 60_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 5 },
      }),
      project("cli", {
        include: ["tests/cli/**/*.test.ts"],
        globalSetup: ["tests/testbed/global-setup.ts", "tests/cli/global-setup.ts"],
        pool: "forks",
        maxWorkers: 2,
        maxConcurrency: 4,
        testTimeout: 90_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 4 },
      }),
      project("config", {
        include: ["tests/config/**/*.test.ts"],
        globalSetup: ["tests/testbed/global-setup.ts"],
        pool: "forks",
        maxWorkers: 2,
        testTimeout: 60_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 4 },
      }),
      project("servers", {
        include: ["tests/testbed/**/*.test.ts"],
        globalSetup: ["tests/testbed/global-setup.ts"],
        pool: "forks",
        maxWorkers: 2,
        testTimeout: 30_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 1 },
      }),
    ],
  },
});

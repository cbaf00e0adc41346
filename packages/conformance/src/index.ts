export { barrierCases } from "./barrier/index.ts";
export { configCases } from "./config/index.ts";
export { discoveryCases } from "./discovery/index.ts";
export { electionCases } from "./election/index.ts";
export { type Fault, type FaultPlan, type FaultyVerb, faulty } from "./faulty.ts";
export {
  type AllOrNoneOptions,
  type AttemptEvent,
  allOrNone,
  asSeenRunning,
  type Condition,
  type ConvergenceOptions,
  convergence,
  type DiedEvent,
  describeEvent,
  type EntryEvent,
  type ExactlyOnceOptions,
  type ExclusionOptions,
  encodeEvent,
  exactlyOnce,
  exclusion,
  type FairnessOptions,
  type FencingOptions,
  fairness,
  fencing,
  type GrantedEvent,
  type History,
  type HistoryEvent,
  type HoldEvent,
  inOrder,
  type LinearizabilityOptions,
  type LossBeforeGrant,
  linearizability,
  lossBeforeGrant,
  type OperationEvent,
  type PartyEvent,
  type PauseEvent,
  parseEvent,
  type RegisterCall,
  type RegisterOutcome,
  type SeenEvent,
  type TruthEvent,
  type VerdictOptions,
  type ViewEvent,
  type Violation,
  verdict,
  type WriteEvent,
} from "./history/index.ts";
export { lockCases } from "./lock/index.ts";
export { mirrorCases } from "./mirror/index.ts";
export { recipeCases } from "./recipe-cases.ts";
export { type Registration, register, runCase, type TestFunction } from "./register.ts";
export { replicaCases } from "./replica/index.ts";
export { Bench, bytes, type Case, type Rig, type RigClient, type RigNetwork, text } from "./rig.ts";
export { routeCases } from "./routes/index.ts";
export { cyclicBarrierWorkload, doubleBarrierWorkload } from "./simulation/barrier-workloads.ts";
export { Chance } from "./simulation/chance.ts";
export { configWorkload } from "./simulation/config-workload.ts";
export { discoveryWorkload } from "./simulation/discovery-workload.ts";
export { electionWorkload } from "./simulation/election-workload.ts";
export { readWriteWorkload, semaphoreWorkload, severalWorkload } from "./simulation/lock-workloads.ts";
export { mapWorkload } from "./simulation/map-workload.ts";
export { type SimulatedRig, simulatedRig } from "./simulation/memory-rig.ts";
export { mutexWorkload } from "./simulation/mutex-workload.ts";
export { type Direction, Network } from "./simulation/network.ts";
export { registerWorkload } from "./simulation/register-workload.ts";
export { explain, type SimulationResult, simulate, type Workload } from "./simulation/simulate.ts";
export { SimulatedProcess, VirtualTime } from "./simulation/virtual-time.ts";
export { Way, type WayParts } from "./simulation/way.ts";
export { type SimulatedClient, World } from "./simulation/world.ts";
export { storeCases } from "./store/index.ts";

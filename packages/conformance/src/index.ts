export * from "./history/index.ts";
export { lockCases } from "./lock/index.ts";
export { type Registration, register, runCase, type TestFunction } from "./register.ts";
export { Bench, bytes, type Case, type Rig, type RigClient, type RigNetwork, text } from "./rig.ts";
export { Chance } from "./simulation/chance.ts";
export { type SimulatedRig, simulatedRig } from "./simulation/memory-rig.ts";
export { type Direction, Network } from "./simulation/network.ts";
export { SimulatedProcess, VirtualTime } from "./simulation/virtual-time.ts";
export { storeCases } from "./store/index.ts";

export { Barrier } from "./barrier.ts";
export { CountDownLatch, type CountDownLatchOptions, type LatchState } from "./count-down-latch.ts";
export { type Arrival, CyclicBarrier, type CyclicBarrierOptions } from "./cyclic-barrier.ts";
export { DoubleBarrier, type DoubleBarrierOptions, Member } from "./double-barrier.ts";

import type { Condition, OperationEvent } from "./events.ts";

/**
 * What a register holds. `value` undefined: nothing. `version` undefined: there is one, but no answer has told it yet
 * (or there is nothing).
 */
export interface RegisterState {
  readonly value: string | undefined;
  readonly version: string | undefined;
}

/**
 * The sequential specification of one register: the state after the operation, or undefined if the operation cannot
 * have this outcome in this state. An operation whose outcome is unknown is applied as if it had taken effect.
 */
export function apply(state: RegisterState, { op, outcome }: OperationEvent): RegisterState | undefined {
  if (outcome.type === "failed") return canFail(state, op) ? state : undefined;
  const told: Told = outcome.type === "ok" ? outcome : {};
  if (op.type === "read") return read(state, told);
  if (!canSucceed(state, op)) return undefined;
  if (op.type === "remove") return { value: undefined, version: undefined };
  const changed = told.version === undefined || told.version !== state.version;
  return changed ? { value: op.value, version: told.version } : undefined;
}

/** Whether the operation leaves every state as it is that allows it. */
export function isPure({ op, outcome }: OperationEvent): boolean {
  return op.type === "read" || outcome.type === "failed";
}

type Op = OperationEvent["op"];

/** What the answer said of the entry. */
interface Told {
  readonly value?: string;
  readonly version?: string;
}

function canSucceed(state: RegisterState, op: Op): boolean {
  if (op.type === "create") return state.value === undefined;
  if (op.type === "cas" || op.type === "remove") return meets(state, op) !== "no";
  return true;
}

function canFail(state: RegisterState, op: Op): boolean {
  if (op.type === "create") return state.value !== undefined;
  if (op.type === "cas" || op.type === "remove") return meets(state, op) !== "yes";
  return true;
}

/** A version that nobody was told may be the one that is asked for. */
function meets(state: RegisterState, { expected, version }: Condition): "yes" | "no" | "maybe" {
  if (state.value === undefined) return "no";
  if (expected !== undefined && expected !== state.value) return "no";
  if (version === undefined || version === state.version) return "yes";
  return state.version === undefined ? "maybe" : "no";
}

function read(state: RegisterState, told: Told): RegisterState | undefined {
  if (told.value !== state.value) return undefined;
  if (told.version === undefined || told.version === state.version) return state;
  return state.version === undefined && state.value !== undefined ? { ...state, version: told.version } : undefined;
}

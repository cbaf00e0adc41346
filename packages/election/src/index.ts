export {
  type CampaignOptions,
  Election,
  type ElectionOptions,
  type LeadOptions,
  type TryLeadOptions,
  type TryLeadResult,
} from "./election.ts";
export { Leadership } from "./leadership.ts";
export type { Leader } from "./observing.ts";
export type { Candidate } from "./proposal.ts";

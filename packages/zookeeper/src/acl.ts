import type { Acl } from "./wire/records.ts";

const all = 31;

/** Whoever reaches the server may do everything. */
export const openAcl: readonly Acl[] = [{ perms: all, scheme: "world", id: "anyone" }];

/** Only who has authenticated as the one who makes the node. */
export const creatorAcl: readonly Acl[] = [{ perms: all, scheme: "auth", id: "" }];

import type { Instance } from "@coord/discovery";

/** As it stands in a URL: an IPv6 address in brackets. */
export const addressOf = ({ address, port }: Instance): string =>
  `${address.includes(":") ? `[${address}]` : address}:${port}`;

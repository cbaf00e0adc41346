import { decodeJson, encodeJson } from "@coord/core/recipe";
import type { Format } from "../format.ts";
import { asObject, publishedFrom } from "../instance.ts";
import { registrantFrom } from "../registrant.ts";

/** Our own: one JSON object with the fields of `Published`, and who wrote it. */
export const coordFormat: Format = {
  base: "services",

  encode: (published, { registrant, registeredAtMs }) =>
    encodeJson({ ...published, registered: new Date(registeredAtMs).toISOString(), registrant }),

  decode(value) {
    const found = asObject(decodeJson(value));
    const published = publishedFrom(found);
    return published && { published, registrant: registrantFrom(found.registrant) };
  },
};

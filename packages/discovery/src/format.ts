import { UsageError } from "@coord/core";
import type { Bytes } from "@coord/core/recipe";
import { coordFormat } from "./formats/coord.ts";
import { curatorFormat, springFormat } from "./formats/curator.ts";
import { grpcFormat } from "./formats/grpc.ts";
import type { Published } from "./instance.ts";
import type { Registrant } from "./registrant.ts";

/** What an entry says. */
export interface Decoded {
  readonly published: Published;
  /** Where the entry says it. */
  readonly registrant?: Registrant | undefined;
}

export interface Writer {
  readonly name: string;
  readonly id: string;
  readonly registrant: Registrant;
  /** Wall clock, for people. */
  readonly registeredAtMs: number;
}

/** How an instance is written down: the entry `<base>/<service>/<id>` with this value. */
export interface Format {
  /** Where services are, unless told otherwise. */
  readonly base: string;
  /** `undefined`: in this status it is not to be seen at all, where those who read the format know no status. */
  encode(published: Published, writer: Writer): Bytes | undefined;
  /** `undefined` for what makes no sense; may throw on it too. */
  decode(value: Bytes): Decoded | undefined;
}

/** `coord`: ours. `curator`: Apache Curator's x-discovery. `spring`: the same as Spring Cloud ZooKeeper fills it. `grpc`: gRPC-Go's etcd endpoints. */
export type FormatName = "coord" | "curator" | "spring" | "grpc";

const formats: Readonly<Record<FormatName, Format>> = {
  coord: coordFormat,
  curator: curatorFormat,
  spring: springFormat,
  grpc: grpcFormat,
};

export function formatNamed(name: FormatName): Format {
  if (Object.hasOwn(formats, name)) return formats[name];
  throw new UsageError(`\`format\` must be one of ${Object.keys(formats).join(", ")}, got ${JSON.stringify(name)}.`, {
    operation: "discovery",
  });
}

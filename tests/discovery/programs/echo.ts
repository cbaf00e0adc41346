import type { ServiceDefinition } from "@grpc/grpc-js";

/** A service that says who answers; text goes as it is. */
export const echo = {
  echo: {
    path: "/Orders/Echo",
    requestStream: false,
    responseStream: false,
    requestSerialize: (text: string) => Buffer.from(text),
    requestDeserialize: (bytes: Buffer) => bytes.toString(),
    responseSerialize: (text: string) => Buffer.from(text),
    responseDeserialize: (bytes: Buffer) => bytes.toString(),
  },
} satisfies ServiceDefinition;

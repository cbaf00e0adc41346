import { opCode } from "./codes.ts";
import type { NodeData, Stat } from "./records.ts";
import { readStat } from "./records.ts";
import { type Request, request } from "./request.ts";

const nothing = () => undefined;

/** Lets the server catch up with the leader before the reads that follow on the same connection. */
export const sync = (path: string): Request<undefined> => request(opCode.sync, (out) => out.text(path), nothing);

export const getData = (path: string, watch = false): Request<NodeData> =>
  request(
    opCode.getData,
    (out) => out.text(path).bool(watch),
    (answer) => ({ data: answer.bytes(), stat: readStat(answer) }),
  );

export const exists = (path: string, watch = false): Request<Stat> =>
  request(opCode.exists, (out) => out.text(path).bool(watch), readStat);

export const getChildren = (path: string, watch = false): Request<readonly string[]> =>
  request(
    opCode.getChildren,
    (out) => out.text(path).bool(watch),
    (answer) => answer.list(4, () => answer.text()),
  );

/** A node without its data, and the names of its children, at one moment. */
export const getDirectory = (path: string): Request<{ readonly names: readonly string[]; readonly stat: Stat }> =>
  request(
    opCode.getChildren2,
    (out) => out.text(path).bool(false),
    (answer) => ({ names: answer.list(4, () => answer.text()), stat: readStat(answer) }),
  );

/** Watches nodes, each for once. Those that aren't there, or were written after this transaction, are told of at once instead. */
export const watchSince = (zxid: bigint, paths: readonly string[]): Request<undefined> =>
  request(
    opCode.setWatches,
    (out) => {
      out.long(zxid).int(paths.length);
      for (const path of paths) out.text(path);
      out.int(0).int(0); // none for their creation, none for their children
    },
    nothing,
  );

const persistentRecursive = 1;
const ofAnyKind = 3;

/** Tells each change of a node and of all below it, until it is removed or the connection ends (server 3.6 or later). */
export const addRecursiveWatch = (path: string): Request<undefined> =>
  request(opCode.addWatch, (out) => out.text(path).int(persistentRecursive), nothing);

export const removeWatches = (path: string): Request<undefined> =>
  request(opCode.removeWatches, (out) => out.text(path).int(ofAnyKind), nothing);

export const closeSession = (): Request<undefined> => request(opCode.closeSession, nothing, nothing);

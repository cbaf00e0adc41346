import { type Runtime, systemRuntime } from "@coord/core/spi";
import { State, StoreServer } from "@coord/memory";
import { Changes } from "./changes.ts";
import { Ear } from "./ear.ts";
import { openFailure } from "./failure.ts";
import { openAlone } from "./file.ts";
import { defaultMode, type Files, filesIn, folderOf, permit, removeOtherBoots } from "./folder.ts";
import { Gate } from "./gate.ts";
import { Kept } from "./kept.ts";
import { LiveTables } from "./live.ts";
import { bootId, machineNow } from "./machine.ts";
import { Room } from "./room.ts";

export interface LocalServerOptions {
  /** The folder of the store; it is made if it is missing. */
  readonly path: string;
  /** Permissions of the files; the folder may be entered by whoever may read them. Default 0o600. */
  readonly mode?: number | undefined;
}

/** The clock of a store is the machine's, whatever clock its clients go by. */
const runtime: Runtime = { ...systemRuntime, now: machineNow };

/**
 * This process's part of an embedded store: the rules of `@coord/memory`, on tables that all processes of the machine
 * share. No process is special; whoever meets a session that has run out ends it.
 */
export class LocalServer extends StoreServer {
  readonly folder: string;
  readonly #end: () => Promise<void>;
  #closing: Promise<void> | undefined;

  /**
   * @throws UsageError when no store can be there: on a network file system, where a file is, in a newer format
   * @throws AuthError when this process may not read and write there
   */
  constructor({ path, mode = defaultMode }: LocalServerOptions) {
    const files = filesIn(folderOf(path, mode), bootId());
    const { state, ear, end } = opened(files, mode);
    super(state);
    this.folder = files.folder;
    this.#end = end;
    ear.listen();
    state.expire();
  }

  /** Resolves when what is to be kept is on the disk and the files are closed. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }
}

function opened(files: Files, mode: number) {
  const closing: (() => void | Promise<void>)[] = [];
  try {
    const room = new Room(files.folder);
    room.take(0);
    const kept = new Kept(files.kept, mode);
    closing.unshift(() => kept.close());
    const gate = new Gate(files.gate, mode);
    closing.unshift(() => gate.close());
    const file = gate.pass(() => openAlone(files.live, mode));
    closing.unshift(() => gate.pass(() => file.close())); // the last one takes LMDB's lock apart, which nobody must find half done
    LiveTables.awaken(gate, file, kept);
    kept.open();
    const changes = new Changes(files.changes, mode);
    closing.unshift(() => changes.close());
    const live = new LiveTables(gate, file, kept, room, changes, () => ear.nudge());
    closing.unshift(() => live.leave());
    closing.unshift(() => kept.settled());
    const state = new State(runtime, live);
    closing.unshift(() => state.close());
    const ear = new Ear(files.nudge, mode, runtime, () => {
      if (!live.changed) return false;
      state.announce();
      state.expire(); // one of the changes may be a session that ends before those that are known
      return true;
    });
    closing.unshift(() => ear.close());
    permit(files, gate.path, mode);
    removeOtherBoots(files);
    const end = async () => {
      for (const close of closing) await close();
    };
    return { state, ear, end };
  } catch (error) {
    for (const close of closing) void close();
    throw openFailure(error, files.folder);
  }
}

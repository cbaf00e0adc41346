import { createHash } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import type { RecipeContext } from "@coord/core/recipe";
import { type Decoded, type Document, decodeDocument } from "./document.ts";

/** What was found in a snapshot file: a document, or that there was none in the store; or why the file is of no use. */
export type FoundFile = { readonly decoded: Decoded | undefined } | { readonly useless: string };

interface Contents {
  readonly name: string;
  /** The document as text, so that the checksum is of exactly this. */
  readonly document: string;
  readonly sha256: string;
}

/**
 * The last good version on disk, for a start without the store. It has what the store has, secrets included, so nobody but its owner may
 * read it; what the environment lays over it is not in it.
 */
export class SnapshotFile {
  readonly path: string;
  readonly #context: RecipeContext;
  readonly #name: string;
  #written: string | undefined;
  #pending: string | undefined;
  #writing: Promise<void> | undefined;

  constructor(context: RecipeContext, name: string, path: string) {
    this.#context = context;
    this.#name = name;
    this.path = path;
  }

  /** Writes it, after what is being written now, and only the newest. A failure is logged: the application runs without. */
  save(document: Document | undefined): void {
    this.#pending = JSON.stringify(document ?? null);
    if (this.#pending !== this.#written) this.#writing ??= this.#context.track(this.#write());
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async read(): Promise<FoundFile> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return { useless: code === "ENOENT" ? "there is none yet" : `it can't be read (${code})` };
    }
    const contents = parsed(text);
    if (!contents || contents.sha256 !== checksum(contents)) return { useless: "it was cut off or changed by hand" };
    if (contents.name !== this.#name) return { useless: `it is of another document, ${JSON.stringify(contents.name)}` };
    if (contents.document === "null") return { decoded: undefined };
    return { decoded: decodeDocument({ value: Buffer.from(contents.document) }) };
  }

  async #write(): Promise<void> {
    try {
      for (let next = this.#pending; next !== undefined && next !== this.#written; next = this.#pending) {
        await this.#replace(next);
        this.#written = next;
      }
    } catch (error) {
      this.#context.logger.warn({ error, path: this.path }, "the snapshot of a document could not be written");
    } finally {
      this.#writing = undefined;
    }
  }

  /** Whoever reads it meanwhile, or after the machine stopped in the middle, finds the old one or the new one. */
  async #replace(document: string): Promise<void> {
    const contents = { name: this.#name, document };
    const beside = `${this.path}.${this.#context.runtime.uniqueId()}`;
    try {
      const file = await open(beside, "wx", 0o600);
      try {
        await file.writeFile(JSON.stringify({ ...contents, sha256: checksum(contents) }));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, this.path);
    } catch (error) {
      await rm(beside, { force: true }).catch(() => {});
      throw error;
    }
  }
}

const checksum = ({ name, document }: Omit<Contents, "sha256">): string =>
  createHash("sha256").update(`${name}\n${document}`).digest("hex");

function parsed(text: string): Contents | undefined {
  try {
    const found = JSON.parse(text) as Partial<Contents> | null;
    const { name, document, sha256 } = found ?? {};
    const whole = typeof name === "string" && typeof document === "string" && typeof sha256 === "string";
    return whole ? { name, document, sha256 } : undefined;
  } catch {
    return undefined;
  }
}

// What a Markdown file has to be checked for: its blocks of TypeScript, its links and the places links can lead to.
import { dirname } from "node:path";

export interface Document {
  /** From the root of the workspace. */
  readonly path: string;
  readonly text: string;
}

/**
 * A block of TypeScript, of which there are these kinds:
 *
 * - `ts`: a whole program, which is checked and run, on memory
 * - `ts continued`: goes on from the block before it in the same document; it runs together with that
 * - `ts no-run`: is checked, but not run
 */
export interface Block {
  /** `<path>:<line>` of its fence. */
  readonly where: string;
  readonly text: string;
  readonly runs: boolean;
}

interface Fence {
  readonly language: string;
  readonly words: readonly string[];
  readonly line: number;
  readonly lines: string[];
}

export function blocksOf(document: Document): Block[] {
  const blocks: Block[] = [];
  for (const { language, words, line, lines } of fencesOf(document).fences) {
    if (!/^(ts|typescript)$/.test(language)) continue;
    const where = `${document.path}:${line}`;
    const unknown = words.filter((word) => !known.has(word));
    if (language !== "ts" || unknown.length > 0)
      throw new Error(`${where}: \`${[language, ...words].join(" ")}\` says nothing here; see documents.ts`);
    const before = blocks.at(-1);
    const continued = words.includes("continued");
    if (continued && !before) throw new Error(`${where}: there is no block that it could continue`);
    const text = lines.join("\n");
    blocks.push({
      where,
      text: continued && before ? `${before.text}\n${text}` : text,
      runs: !words.includes("no-run") && (!continued || before?.runs === true),
    });
  }
  return blocks;
}

const known = new Set(["continued", "no-run"]);

/** The fenced blocks, and what is left without them. */
function fencesOf({ text }: Document): { fences: Fence[]; prose: string } {
  const fences: Fence[] = [];
  const prose: string[] = [];
  let open: (Fence & { mark: string; indent: string }) | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const [, indent = "", mark = "", info = ""] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open) {
      if (mark.startsWith(open.mark) && info.trim() === "") {
        fences.push(open);
        open = undefined;
      } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    } else if (mark) {
      const [language = "", ...words] = info.trim().split(/\s+/);
      open = { mark, indent, language, words, line: index + 1, lines: [] };
    } else prose.push(line);
  }
  return { fences, prose: prose.join("\n") };
}

export interface Link {
  /** The path of the document. */
  readonly from: string;
  readonly target: string;
}

/** The links that lead to a place in the repository. */
export function relativeLinksOf(document: Document): Link[] {
  const prose = fencesOf(document).prose.replace(/(`+)[^`].*?\1/g, "");
  const inline = [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const references = [...prose.matchAll(/^\s*\[[^\]]+\]:\s+<?(\S+?)>?(?:\s|$)/gm)];
  const tags = [...prose.matchAll(/\b(?:href|src)="([^"]+)"/g)];
  return [...inline, ...references, ...tags]
    .map(([, target = ""]) => ({ from: document.path, target }))
    .filter(({ target }) => !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target));
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(document: Document): Set<string> {
  const anchors = new Set<string>();
  const headings = fencesOf(document).prose.matchAll(/^#{1,6}\s+(.+?)\s*#*\s*$/gm);
  for (const [, heading = ""] of headings) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  for (const [, id = ""] of document.text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** The block with every address of a server replaced by a store in memory, of its own name. */
export function onMemory({ text, where }: Block): string {
  const name = where.replace(/[^a-z0-9]+/gi, "-");
  return text.replace(/(["'`])(?:etcds?|zks?|file|memory):[^"'`\n]*\1/g, `$1memory:${name}$1`);
}

/** The path that a link leads to, from the root of the workspace, and the anchor there. */
export function destinationOf({ from, target }: Link): { readonly path: string; readonly anchor: string } {
  const [file = "", anchor = ""] = target.split("#");
  const { pathname } = new URL(file === "" ? from : `${dirname(from)}/${file}`, "file:///");
  return { path: decodeURIComponent(pathname).replace(/^\//, ""), anchor };
}

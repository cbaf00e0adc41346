import { join } from "node:path";
import ts from "typescript";
import { root } from "./workspace.ts";

/**
 * What the compiler says of these files, in the setting of the workspace, a message each, by the path of the file.
 * A relative import stands for a file that the reader has: that it is missing here is no fault.
 */
export function diagnosticsOf(files: readonly string[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [...files] }, ts.sys, root);
  const program = ts.createProgram([...files], { ...options, noUnusedLocals: false, noUnusedParameters: false });
  return new Map(
    files.map((file) => {
      const source = program.getSourceFile(file);
      return [
        file,
        ts
          .getPreEmitDiagnostics(program, source)
          .filter((found) => !missesFileOfReader(found))
          .map(told),
      ];
    }),
  );
}

function missesFileOfReader({ code, messageText }: ts.Diagnostic): boolean {
  const cannotFindModule = 2307;
  return code === cannotFindModule && /'\.{1,2}\//.test(ts.flattenDiagnosticMessageText(messageText, "\n"));
}

function told({ file, start, messageText }: ts.Diagnostic): string {
  const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
  return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
}

import { join } from "node:path";
import ts from "typescript";
import { root } from "./workspace.ts";

/** What the compiler says of these files, in the setting of the workspace, a message each, by the path of the file. */
export function diagnosticsOf(files: readonly string[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [...files] }, ts.sys, root);
  const program = ts.createProgram([...files], { ...options, noUnusedLocals: false, noUnusedParameters: false });
  return new Map(
    files.map((file) => {
      const source = program.getSourceFile(file);
      return [file, ts.getPreEmitDiagnostics(program, source).map(told)];
    }),
  );
}

function told({ file, start, messageText }: ts.Diagnostic): string {
  const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
  return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
}

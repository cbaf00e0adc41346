export function bundlePrograms(programs: readonly string[], folder: string): Promise<void>;

import { execFile } from 'node:child_process';

/** How a tool ended. */
export interface ToolRun {
  /** 127 when there is no such program. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a small system tool to its end with a bare environment; never throws for how it ended. */
export async function runTool(
  program: string,
  args: readonly string[],
  options: { timeoutMs?: number } = {},
): Promise<ToolRun> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      {
        timeout: options.timeoutMs ?? 60_000,
        maxBuffer: 4 * 1024 * 1024,
        env: { PATH: TOOL_PATH, LC_ALL: 'C' },
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : (error as { code?: unknown }).code;
        const exitCode = typeof code === 'number' ? code : code === 'ENOENT' ? 127 : 1;
        resolve({ exitCode, stdout, stderr: stderr || (error?.message ?? '') });
      },
    );
  });
}

/** Where system tools are looked for: never in a folder somebody put into the builder's own `PATH`. */
export const TOOL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What the first process of a machine is told (docker/vm/init.sh). */
export type MachineJob =
  | {
      readonly mode: 'run';
      /** Whether the build's disk was filled by the host, and is the command's user's to have. */
      readonly give: boolean;
      readonly memoryBytes: number;
      readonly processes: number;
      readonly temporaryBytes: number;
      readonly cwd: string;
      /** Variables, then program and arguments. */
      readonly env: Readonly<Record<string, string>>;
      readonly argv: readonly string[];
    }
  | { readonly mode: 'take'; readonly mostBytes: number; readonly components: readonly string[] }
  | { readonly mode: 'boot' };

/** Disks come in sectors. */
const SECTOR_BYTES = 512;

/** A word of a shell, whatever it holds. */
function quoted(word: string): string {
  if (word.includes('\0')) throw new TypeError('A word of a command cannot hold a zero byte.');
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function linesOf(job: MachineJob): string[] {
  switch (job.mode) {
    case 'run':
      return [
        `give=${job.give ? 'yes' : 'no'}`,
        `memory=${job.memoryBytes}`,
        `processes=${job.processes}`,
        `temporary=${job.temporaryBytes}`,
        `cwd=${quoted(job.cwd)}`,
        `set -- ${[...Object.entries(job.env).map(([name, value]) => `${name}=${value}`), ...job.argv].map(quoted).join(' ')}`,
      ];
    case 'take':
      return [`most=${job.mostBytes}`, `set -- ${job.components.map(quoted).join(' ')}`];
    case 'boot':
      return [];
  }
}

/** The disk a machine reads its job from. Only its first process does, so that nothing else knows `token`. */
export function jobDisk(job: MachineJob, token: string): Buffer {
  const text = Buffer.from([`token=${quoted(token)}`, `mode=${job.mode}`, ...linesOf(job), ''].join('\n'));
  return Buffer.concat([text, Buffer.alloc(SECTOR_BYTES - (text.length % SECTOR_BYTES))]);
}

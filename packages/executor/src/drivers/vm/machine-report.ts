import type { StopReason } from '../../command-watch.ts';

/** What a machine said it came to. */
export type MachineReport =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly hit: StopReason | undefined }
  | { readonly kind: 'file'; readonly size: number; readonly executable: boolean }
  | { readonly kind: 'refused'; readonly reason: 'irregular' | 'missing' | 'too-large' }
  | { readonly kind: 'booted' };

const HITS: readonly StopReason[] = ['out-of-memory', 'too-many-processes', 'disk-full'];
const REFUSALS = ['irregular', 'missing', 'too-large'] as const;

function reportOf(words: readonly string[]): MachineReport | undefined {
  const [kind = '', first = '', second] = words;
  switch (kind) {
    case 'ended':
      return /^\d{1,3}$/.test(first)
        ? { kind, exitCode: Number(first), hit: HITS.find((hit) => hit === second) }
        : undefined;
    case 'file':
      return /^\d{1,15}$/.test(first)
        ? { kind, size: Number(first), executable: second === 'yes' }
        : undefined;
    case 'booted':
      return { kind };
    default: {
      const reason = REFUSALS.find((refusal) => refusal === kind);
      return reason === undefined ? undefined : { kind: 'refused', reason };
    }
  }
}

/**
 * Reads the first serial port of a machine: lines that begin with the token are its first process's, all others the
 * kernel's. A machine's exit code says nothing: one that panics ends like one that is turned off.
 */
export class ControlReader {
  readonly #prefix: string;
  readonly #limitBytes: number;
  #text = '';
  #cut = 0;
  readonly #said: string[][] = [];
  #reported: () => void = () => {};

  constructor(token: string, limitBytes = 256 * 1024) {
    this.#prefix = `${token} `;
    this.#limitBytes = limitBytes;
  }

  push(chunk: Uint8Array): void {
    // Latin-1, as bytes of a line may come in parts; what the machine says itself is ASCII.
    this.#text += Buffer.from(chunk).toString('latin1');
    for (let end = this.#text.indexOf('\n', this.#cut); end >= 0; end = this.#text.indexOf('\n', this.#cut)) {
      const line = this.#text.slice(this.#cut, end).trim();
      this.#cut = end + 1;
      if (!line.startsWith(this.#prefix)) continue;
      this.#said.push(line.slice(this.#prefix.length).split(' '));
      if (this.report !== undefined) this.#reported();
    }
    // A kernel that complains without end must not fill our memory.
    const over = this.#text.length - this.#limitBytes;
    if (over > 0) {
      this.#text = this.#text.slice(over);
      this.#cut = Math.max(0, this.#cut - over);
    }
  }

  /** Whether its command, or what else it is to do, has begun. */
  get started(): boolean {
    return this.#said.length > 0;
  }

  /** What it said last, once it has said how it ended. */
  get report(): MachineReport | undefined {
    const [, ...later] = this.#said;
    return later.map(reportOf).findLast((report) => report !== undefined);
  }

  /** Calls back once it has said how it ended, which may be so already. */
  whenReported(callback: () => void): void {
    this.#reported = callback;
    if (this.report !== undefined) callback();
  }

  /** The end of what the kernel printed, for an error. */
  get tail(): string {
    return this.#text
      .replaceAll(this.#prefix, '')
      .replaceAll(/[^\x20-\x7e\n]/g, '')
      .trim()
      .slice(-500);
  }
}

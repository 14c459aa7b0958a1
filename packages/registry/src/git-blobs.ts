import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { ByteReader } from './byte-reader.ts';

/** Reads blobs of a repository through one `git cat-file --batch`. */
export class GitBlobs implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #reader: ByteReader;

  constructor(directory: string) {
    this.#process = spawn('git', ['-C', directory, 'cat-file', '--batch'], { stdio: 'pipe' });
    // A process that cannot be started or that ends early shows as an early end of its output.
    this.#process.on('error', () => {});
    this.#process.stdin.on('error', () => {});
    this.#process.stderr.resume();
    this.#reader = new ByteReader(this.#process.stdout);
  }

  async #line(): Promise<string> {
    const bytes: Buffer[] = [];
    for (;;) {
      const byte = await this.#reader.exactly(1);
      if (byte.length === 0) throw new Error('git cat-file ended early');
      if (byte[0] === 0x0a) return Buffer.concat(bytes).toString('latin1');
      bytes.push(byte);
    }
  }

  /** The content of a blob, in chunks; the caller must read it to its end. */
  async *read(id: string): AsyncGenerator<Buffer, void> {
    this.#process.stdin.write(`${id}\n`);
    const match = /^[0-9a-f]+ blob (\d+)$/.exec(await this.#line());
    if (match === null) throw new Error(`git has no blob ${id}`);
    let left = Number(match[1]);
    try {
      while (left > 0) {
        const part = await this.#reader.some(left);
        if (part === undefined) throw new Error('git cat-file ended early');
        left -= part.length;
        yield part;
      }
    } finally {
      // A reader that stopped early must not leave its rest to the next one.
      while (left > 0) {
        const part = await this.#reader.some(left);
        if (part === undefined) break;
        left -= part.length;
      }
      await this.#reader.exactly(1);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    this.#process.stdout.destroy();
    if (
      this.#process.exitCode === null &&
      this.#process.signalCode === null &&
      this.#process.pid !== undefined
    ) {
      this.#process.kill();
      await once(this.#process, 'exit');
    }
  }
}

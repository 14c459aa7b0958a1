/**
 * What a build's log says about its progress. cargo prints a line per package when it begins with it; how many there are
 * is known once the graph is resolved, and the executor writes it into the log as a note.
 */
export interface BuildProgress {
  /** What cargo was seen to compile last, as `name version`; `undefined` before the first. */
  readonly compiling: string | undefined;
  /** Packages cargo has begun with. */
  readonly begun: number;
  /** Packages there are; `undefined` until the graph is resolved. */
  readonly total: number | undefined;
  /** Packages downloaded so far. */
  readonly downloaded: number;
}

const NOTE = /^builds\.rs: (\d{1,6}) packages? to compile$/;
/** cargo's status lines; names and versions by crates.io's own alphabet, so that what is shown is inert. */
const STATUS = /^ *(Compiling|Downloaded) ([A-Za-z0-9_-]{1,64}) v([0-9A-Za-z.+-]{1,150})(?: |$)/;
const ESCAPES = /\u001b\[[0-?]*[ -/]*[@-~]/g;
const MAX_LINE = 4_096;

/** The note that tells how many packages will be compiled; the log's own prefix goes before it. */
export function compilingTotalNote(total: number): string {
  return `${total} ${total === 1 ? 'package' : 'packages'} to compile`;
}

/** Follows the progress of one build through the chunks of its log, in whatever pieces they come. */
export class BuildProgressReader {
  #decoder = new TextDecoder();
  #rest = '';
  #progress: BuildProgress = { compiling: undefined, begun: 0, total: undefined, downloaded: 0 };

  /** What is known so far. */
  get progress(): BuildProgress {
    return this.#progress;
  }

  /** Reads a chunk and gives what is known now. */
  push(chunk: Uint8Array): BuildProgress {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE);
    for (const line of lines) this.#read(line.slice(0, MAX_LINE).replaceAll(ESCAPES, '').trimEnd());
    return this.#progress;
  }

  #read(line: string): void {
    const note = NOTE.exec(line);
    if (note !== null) {
      this.#progress = { ...this.#progress, total: Number(note[1]) };
      return;
    }
    const status = STATUS.exec(line);
    if (status === null) return;
    const progress = this.#progress;
    this.#progress =
      status[1] === 'Compiling'
        ? { ...progress, compiling: `${status[2]} ${status[3]}`, begun: progress.begun + 1 }
        : { ...progress, downloaded: progress.downloaded + 1 };
  }
}

import { SentenceError } from '@buildsrs/common';

const KEPT_LINES = 20;

/** What a program says on standard error: lines of JSON are its log, others are sentences for people. */
export class ProgramMessages {
  readonly #onMessage: ((message: string) => void) | undefined;
  readonly #sentences: string[] = [];

  constructor(onMessage?: (message: string) => void) {
    this.#onMessage = onMessage;
  }

  push(line: string): void {
    const message = logMessage(line);
    if (message !== undefined) this.#onMessage?.(message);
    else if (!line.startsWith('{') && line.trim() !== '') {
      this.#sentences.push(line);
      if (this.#sentences.length > KEPT_LINES) this.#sentences.shift();
    }
  }

  /** Why the program ended: its own sentence where it has one, never a stack trace. */
  endError(name: string, code: number | null, logFile: string): SentenceError {
    const isCrash = this.#sentences.some((line) => /^\s+at /.test(line));
    const exitCode = code === 2 || code === 3 ? code : 1;
    if (this.#sentences.length > 0 && !isCrash && code !== null) {
      return new SentenceError(`${name}-stopped`, this.#sentences.join('\n'), { exitCode });
    }
    const how = code === null ? 'was killed' : `stopped unexpectedly (exit code ${code})`;
    return new SentenceError(`${name}-stopped`, `The ${name} ${how}; ${logFile} says more.`, { exitCode: 1 });
  }
}

/** The message of a line of pino's JSON. */
function logMessage(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown };
    return typeof msg === 'string' ? msg : undefined;
  } catch {
    return undefined;
  }
}

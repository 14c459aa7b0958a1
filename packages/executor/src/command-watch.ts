import type { CommandEnd, StageCommand } from './driver.ts';

/** Why a command is stopped from outside. */
export type StopReason = Exclude<CommandEnd['reason'], 'exited'>;

/**
 * Wall time, silence and abort of one command, the same for every driver. The first reason wins and is told once;
 * the driver then kills.
 *
 * Timers alone do not do: a command that prints without end keeps the event loop in its reading callbacks, so
 * {@link CommandWatch.sawOutput} checks the clock too (as rustwide learned).
 */
export class CommandWatch implements Disposable {
  readonly #command: StageCommand;
  readonly #stop: (reason: StopReason) => void;
  readonly #startedAt = performance.now();
  #lastOutputAt = this.#startedAt;
  #held = 0;
  #timer: NodeJS.Timeout | undefined;
  #reason: StopReason | undefined;

  constructor(command: StageCommand, stop: (reason: StopReason) => void) {
    this.#command = command;
    this.#stop = stop;
    command.signal.addEventListener('abort', this.#onAbort);
    if (command.signal.aborted) this.stop('cancelled');
    else this.#arm();
  }

  /** Why the command was stopped, if it was. */
  get reason(): StopReason | undefined {
    return this.#reason;
  }

  /** Milliseconds without output; 0 while a reader holds it up. */
  get idleMs(): number {
    return this.#held > 0 ? 0 : performance.now() - this.#lastOutputAt;
  }

  /** Tell it of every chunk, before the chunk is handed on. */
  sawOutput(): void {
    const now = performance.now();
    this.#lastOutputAt = now;
    if (now - this.#startedAt >= this.#command.timeoutMs) this.stop('timeout');
  }

  /** Hands output on. While a slow reader holds it up, the command is not to blame for silence. */
  async handOver(take: () => void | Promise<void>): Promise<void> {
    this.sawOutput();
    this.#held += 1;
    try {
      await take();
    } finally {
      this.#held -= 1;
      this.#lastOutputAt = performance.now();
    }
  }

  /** Stops the command for a reason the driver saw: memory, disk, processes. */
  stop(reason: StopReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    clearTimeout(this.#timer);
    this.#stop(reason);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#command.signal.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.stop('cancelled');

  #arm(): void {
    const now = performance.now();
    const untilTimeout = this.#startedAt + this.#command.timeoutMs - now;
    const untilSilence =
      this.#command.silenceMs === undefined
        ? Number.POSITIVE_INFINITY
        : (this.#held > 0 ? now : this.#lastOutputAt) + this.#command.silenceMs - now;
    if (untilTimeout <= 0) this.stop('timeout');
    else if (untilSilence <= 0) this.stop('silence');
    // One millisecond more, as a timer may fire early by a fraction; at most what setTimeout can hold.
    else this.#timer = setTimeout(() => this.#arm(), Math.min(untilTimeout, untilSilence, 2_147_483_646) + 1);
  }
}

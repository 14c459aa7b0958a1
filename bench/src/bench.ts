/** One benchmark: `pnpm bench NAME`. */
export interface Bench {
  /** One line for the list. */
  readonly summary: string;
  /** Measures and prints to standard output; gives the exit code. */
  run(args: readonly string[]): Promise<number>;
}

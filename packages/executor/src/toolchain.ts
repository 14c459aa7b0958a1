import type { Target } from '@buildsrs/common';
import type { ExecutorDriver } from './driver.ts';

/** What compiles in an executor; part of build info. */
export interface ToolchainFacts {
  /** `1.95.0`. */
  readonly rustc: string;
  /** The commit rustc names; `unknown` where a distribution leaves it out. */
  readonly commit: string;
  /** The target it compiles for unasked: what a builder offers when it is told nothing else. */
  readonly host: Target;
  readonly llvm: string;
  /** `1.95.0`. */
  readonly cargo: string;
}

/**
 * Asks the toolchain of an executor what it is. Asked once per driver, as a driver's toolchain never changes.
 *
 * @throws {SentenceError} `toolchain-missing`, exit code 3.
 */
export async function readToolchain(driver: ExecutorDriver): Promise<ToolchainFacts> {
  throw new Error(`not yet: ${driver.name}`);
}

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest';
import type { DriverCapabilities } from '../driver.ts';
import { commandContract } from './contract-commands.ts';
import { ContractBench, type ContractSubject } from './contract-harness.ts';
import { isolationContract } from './contract-isolation.ts';
import { leftoverContract } from './contract-leftovers.ts';
import { limitContract } from './contract-limits.ts';
import { neighbourContract } from './contract-neighbours.ts';
import { outputContract } from './contract-outputs.ts';
import { lacks } from './needs.ts';

type ClauseBody = (bench: ContractBench, context: TestContext) => Promise<void>;

/** What a clause of the contract is written with. */
export interface Contract {
  readonly name: string;
  /** A value in the builder's environment that no build may ever see. */
  readonly canary: string;
  /** A clause every executor keeps. */
  readonly clause: (name: string, body: ClauseBody) => void;
  /** A clause an executor keeps, or declares by its capabilities that it cannot: then that is what the report says. */
  readonly clauseIf: (
    capable: (capabilities: DriverCapabilities) => boolean,
    name: string,
    body: ClauseBody,
  ) => void;
}

/**
 * The contract of all executors, as one suite. Where the machine lacks what an executor needs, its clauses are skipped
 * with the reason.
 */
export function describeExecutor(name: string, subject: ContractSubject): void {
  const slowness = subject.slowness ?? 1;
  describe(`the ${name} executor`, { timeout: 240_000 * slowness }, () => {
    const canary = `canary-${randomBytes(12).toString('hex')}`;
    let opened: ContractBench | string = 'not opened';
    beforeAll(async () => {
      opened = await ContractBench.open(subject, canary);
    }, 600_000 * slowness);
    afterAll(async () => {
      if (typeof opened !== 'string') await opened[Symbol.asyncDispose]();
    });
    const benchOf = (context: TestContext): ContractBench => {
      if (typeof opened !== 'string') return opened;
      lacks(context, opened);
      throw new Error(opened);
    };
    const contract: Contract = {
      name,
      canary,
      clause: (clause, body) => {
        it(clause, async (context) => body(benchOf(context), context));
      },
      clauseIf: (capable, clause, body) => {
        it(clause, async (context) => {
          const bench = benchOf(context);
          if (capable(bench.driver.capabilities)) await body(bench, context);
          else await context.annotate(`declared: the ${name} executor on this machine cannot do this`);
        });
      },
    };
    commandContract(contract);
    limitContract(contract);
    isolationContract(contract);
    neighbourContract(contract);
    outputContract(contract);
    leftoverContract(contract);
  });
}

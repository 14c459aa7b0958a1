import { SentenceError, type ExecutorName, type Isolation } from '@buildsrs/common';

/** One layer of an executor's isolation, or a thing it needs, on this machine. */
export interface IsolationLayer {
  /** Short, as in a list: `user namespaces`. */
  readonly name: string;
  /** `weak`: there, but known not to hold, or only partly. */
  readonly state: 'present' | 'weak' | 'missing';
  /** Without it the executor does not start; others it does without, and says so. */
  readonly needed: boolean;
  /** What was found, or is wrong: a phrase. */
  readonly detail: string;
  /** What to do about it, a sentence, where something can be done. */
  readonly remedy?: string;
}

/** What one executor would be on this machine, found out by trying. */
export interface ExecutorProbe {
  readonly executor: ExecutorName;
  /** Every needed layer is there. */
  readonly usable: boolean;
  readonly isolation: Isolation;
  /**
   * Nothing known lets a hostile crate out: every layer is there and none is weak. A builder that takes crates from
   * strangers wants this.
   */
  readonly safe: boolean;
  readonly layers: readonly IsolationLayer[];
}

/** Puts a probe together from its layers. */
export function probeOf(
  executor: ExecutorName,
  isolation: Isolation,
  layers: readonly IsolationLayer[],
): ExecutorProbe {
  return {
    executor,
    isolation,
    layers,
    usable: layers.every((layer) => !layer.needed || layer.state !== 'missing'),
    safe: isolation !== 'none' && layers.every((layer) => layer.state === 'present'),
  };
}

/** The error an executor that is not usable gives at start: the layers that are missing and what to do. */
export function unusableError(probe: ExecutorProbe): SentenceError {
  const missing = probe.layers.filter((layer) => layer.needed && layer.state === 'missing');
  const reasons = missing.map(({ name, detail, remedy }) =>
    [`${name}: ${detail}.`, ...(remedy === undefined ? [] : [remedy])].join(' '),
  );
  return new SentenceError(
    'executor-unusable',
    `The ${probe.executor} executor cannot run on this machine. ${reasons.join(' ')}`,
    { exitCode: 3 },
  );
}

/** The error an executor that is not {@link ExecutorProbe.safe} gives where that was asked for. */
export function unsafeError(probe: ExecutorProbe): SentenceError {
  const reasons = probe.layers
    .filter(({ state }) => state !== 'present')
    .map(({ name, detail, remedy }) => `${name}: ${detail}. ${remedy ?? ''}`.trim());
  const what = reasons.length > 0 ? reasons.join(' ') : 'It isolates nothing.';
  return new SentenceError(
    'executor-unsafe',
    `The ${probe.executor} executor is not safe on this machine, and --require-safe was given. ${what}`,
    { exitCode: 3 },
  );
}

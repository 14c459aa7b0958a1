import { STAGES, type Build, type Stage } from '@buildsrs/common';

/** How long a stage took, or has taken so far. */
export interface StageTime {
  readonly stage: Stage;
  readonly state: 'done' | 'running' | 'stopped' | 'ahead';
  readonly ms: number | undefined;
}

/** The five stages of a build with their times; those a build did not reach are `ahead`. */
export function stageTimes(build: Pick<Build, 'stages' | 'endedAt' | 'outcome'>, now: Date): StageTime[] {
  const begun = new Map(build.stages.map(({ stage, startedAt }) => [stage, Date.parse(startedAt)]));
  const end = build.endedAt === null ? now.getTime() : Date.parse(build.endedAt);
  const starts = [...begun.values()];
  return STAGES.map((stage) => {
    const start = begun.get(stage);
    if (start === undefined) return { stage, state: 'ahead', ms: undefined };
    const next = Math.min(...starts.filter((other) => other > start), end);
    const isLast = start === Math.max(...starts);
    const state = !isLast
      ? 'done'
      : build.outcome === null
        ? 'running'
        : build.outcome === 'succeeded'
          ? 'done'
          : 'stopped';
    return { stage, state, ms: Math.max(0, next - start) };
  });
}

/** How long a build took, or has taken so far. */
export function buildMs(build: Pick<Build, 'createdAt' | 'endedAt'>, now: Date): number {
  const end = build.endedAt === null ? now.getTime() : Date.parse(build.endedAt);
  return Math.max(0, end - Date.parse(build.createdAt));
}

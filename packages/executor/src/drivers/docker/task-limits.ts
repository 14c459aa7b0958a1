import type { Isolation } from '@buildsrs/common';

/** Threads of gVisor's own kernel: about 40 were seen on two processors. */
const GVISOR_OWN_TASKS = 64;

/**
 * How many tasks the group of a container may have. In a container each is one of the build. gVisor's kernel runs in the
 * group too, and dies without a word when it is refused a thread, so its build is looked after by counting, and the hard
 * limit stands far enough above for a count to come first.
 */
export function taskLimits(isolation: Isolation, processes: number): { hard: number; counted?: number } {
  if (isolation !== 'gvisor') return { hard: processes };
  const counted = 2 * processes + GVISOR_OWN_TASKS;
  return { hard: 4 * counted, counted };
}

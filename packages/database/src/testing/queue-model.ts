import type { TaskStatus } from '@buildsrs/common';

/** A lease as the model knows it. */
export interface ModelBuild {
  readonly task: string;
  ended: boolean;
  expired: boolean;
}

/** A task as the model knows it. */
export interface ModelTask {
  readonly variant: string;
  readonly order: number;
  status: TaskStatus;
  priority: number;
  attempts: number;
  requested: boolean;
  published: string | undefined;
  build: string | undefined;
}

export const MODEL_ATTEMPTS = 3;

/** What the queue is meant to do, without a database: the reference the real one is held against. */
export class QueueModel {
  readonly tasks = new Map<string, ModelTask>();
  readonly builds = new Map<string, ModelBuild>();

  request(variant: string, origin: 'request' | 'policy', priority: number): ModelTask {
    const known = this.tasks.get(variant);
    if (known === undefined) {
      const task: ModelTask = {
        variant,
        order: this.tasks.size,
        status: 'pending',
        priority,
        attempts: 0,
        requested: origin === 'request',
        published: undefined,
        build: undefined,
      };
      this.tasks.set(variant, task);
      return task;
    }
    known.priority = Math.max(known.priority, priority);
    known.requested ||= origin === 'request';
    if (origin === 'request' && known.status === 'failed') {
      known.status = 'pending';
      known.attempts = 0;
    }
    return known;
  }

  /** The task a claim must be given: most urgent, then oldest. */
  next(): ModelTask | undefined {
    return [...this.tasks.values()]
      .filter((task) => task.status === 'pending')
      .toSorted((left, right) => right.priority - left.priority || left.order - right.order)[0];
  }

  claimed(task: ModelTask, build: string): void {
    task.status = 'scheduled';
    task.attempts += 1;
    task.build = build;
    this.builds.set(build, { task: task.variant, ended: false, expired: false });
  }

  /** Ends a build for its holder; `undefined` when it has ended before. */
  private end(build: string): ModelTask | undefined {
    const known = this.builds.get(build);
    if (known === undefined || known.ended) return undefined;
    known.ended = true;
    return this.tasks.get(known.task);
  }

  begin(build: string): boolean {
    const known = this.builds.get(build);
    if (known === undefined || known.ended) return false;
    const task = this.tasks.get(known.task);
    if (task?.status === 'scheduled') task.status = 'building';
    return true;
  }

  renew(build: string): boolean {
    const known = this.builds.get(build);
    if (known === undefined || known.ended) return false;
    known.expired = false;
    return true;
  }

  expire(build: string): void {
    const known = this.builds.get(build);
    if (known !== undefined) known.expired = true;
  }

  complete(build: string): boolean {
    const task = this.end(build);
    if (task === undefined) return false;
    task.status = 'built';
    task.published = build;
    return true;
  }

  fail(build: string, retryable: boolean): boolean {
    const task = this.end(build);
    if (task === undefined) return false;
    task.status = retryable && task.attempts < MODEL_ATTEMPTS ? 'pending' : 'failed';
    return true;
  }

  decline(build: string): boolean {
    const task = this.end(build);
    if (task === undefined) return false;
    task.status = 'pending';
    task.attempts -= 1;
    return true;
  }

  /** Gives up every build whose lease ended, and names them. */
  reap(): string[] {
    const lost = [...this.builds].filter(([, build]) => build.expired && !build.ended).map(([id]) => id);
    for (const id of lost) this.fail(id, true);
    return lost;
  }
}

import { EventEmitter } from 'node:events';
import type { BuildId } from '@buildsrs/common';

/**
 * What was heard to have changed, from this backend or, through the database's NOTIFY, from another. Signals only save
 * waiting: whoever listens also looks from time to time, as a signal can be lost.
 */
export class Signals {
  readonly #emitter = new EventEmitter<Record<string, []>>().setMaxListeners(0);

  /** There may be a task to claim. */
  tasksChanged(): void {
    this.#emitter.emit('tasks');
  }

  /** A build's stage, log or outcome may have changed; without an id, anyone's. */
  buildChanged(build?: BuildId): void {
    if (build !== undefined) {
      this.#emitter.emit(`build ${build}`);
      return;
    }
    for (const name of this.#emitter.eventNames()) {
      if (name.startsWith('build ')) this.#emitter.emit(name);
    }
  }

  /** Listens until the function it gives is called. */
  onTasks(listener: () => void): () => void {
    return this.#on('tasks', listener);
  }

  onBuild(build: BuildId, listener: () => void): () => void {
    return this.#on(`build ${build}`, listener);
  }

  #on(name: string, listener: () => void): () => void {
    this.#emitter.on(name, listener);
    return () => this.#emitter.off(name, listener);
  }
}

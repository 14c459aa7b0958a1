import type { BuilderId, BuildId } from '@buildsrs/common';
import type { BackendSession, CloseWord } from '@buildsrs/protocol';

/** The builders' connections to this backend, proven or not. */
export class Connections {
  readonly #sessions = new Set<BackendSession>();
  /** The connection over which each build was given out or resumed last. */
  readonly #builds = new Map<BuildId, BackendSession>();

  /** Keeps a session until it has ended. */
  add(session: BackendSession): void {
    this.#sessions.add(session);
    const forget = (): void => {
      this.#sessions.delete(session);
      for (const [build, holder] of this.#builds) if (holder === session) this.#builds.delete(build);
    };
    session.ended.then(forget, forget);
  }

  /** Notes that a build runs over this connection. */
  hold(build: BuildId, session: BackendSession): void {
    this.#builds.set(build, session);
  }

  /** Its result came, or it was given back. */
  release(build: BuildId): void {
    this.#builds.delete(build);
  }

  /** The builds that run over connections to this backend. */
  get buildIds(): BuildId[] {
    return [...this.#builds.keys()];
  }

  /** Tells a build's builder to stop it. */
  cancel(build: BuildId, reason: string): void {
    this.#builds.get(build)?.cancel(build, reason);
    this.#builds.delete(build);
  }

  /** All connections, also those of strangers who have proven nothing yet. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The builders that are connected. */
  get builderIds(): BuilderId[] {
    return [...new Set([...this.#sessions].flatMap((session) => session.builder?.id ?? []))];
  }

  /** Whether a builder has another connection to this backend than this one. */
  hasOther(id: BuilderId, session: BackendSession): boolean {
    return [...this.#sessions].some((other) => other !== session && other.builder?.id === id);
  }

  /** There may be work for any of them. */
  wake(): void {
    for (const session of this.#sessions) session.wake();
  }

  /** Closes the connections of a builder, but for the one given. */
  closeBuilder(id: BuilderId, word: CloseWord, except?: BackendSession): void {
    for (const session of this.#sessions) {
      if (session !== except && session.builder?.id === id) session.close(word);
    }
  }

  /** No more offers: the builders are told to connect elsewhere. */
  drain(): void {
    for (const session of this.#sessions) session.drain();
  }

  /** Closes all; resolves when every session has ended. */
  async closeAll(word: CloseWord): Promise<void> {
    const sessions = [...this.#sessions];
    for (const session of sessions) session.close(word);
    await Promise.allSettled(sessions.map((session) => session.ended));
  }
}

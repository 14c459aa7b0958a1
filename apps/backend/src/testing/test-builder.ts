import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  digestToHeader,
  parseDigest,
  parseTarget,
  type ArtifactName,
  type BuildId,
  type BuildInfo,
  type CrateFacts,
  type Job,
  type JobResult,
  type UploadedArtifact,
} from '@buildsrs/common';
import { enrolBuilder } from '@buildsrs/database';
import {
  BuilderSession,
  channelOfWebSocket,
  CONNECT_PATH,
  SUBPROTOCOL,
  type BackendMessage,
  type Capabilities,
  type SessionEnd,
} from '@buildsrs/protocol';
import {
  fingerprintOf,
  formatPublicKey,
  generateBuilderKey,
  type BuilderKey,
  type PublicKey,
} from '@buildsrs/protocol/ssh';
import { WebSocket } from 'ws';
import type { Context } from '../context.ts';
import { eventually } from './eventually.ts';

type Heard = BackendMessage | ({ readonly type: 'closed' } & SessionEnd);

const CAPABILITIES: Capabilities = {
  targets: [parseTarget('x86_64-unknown-linux-gnu')],
  kinds: ['metadata', 'binary'],
  executor: 'process',
  isolation: 'none',
  slots: 4,
};

/** What it says of itself, and the scheduler it pins. */
type TestBuilderOptions = Partial<Capabilities> & { readonly schedulerKey?: PublicKey };

/** Enrols a new builder and gives its key. */
export async function enrolTestBuilder(db: Context['db'], name: string): Promise<BuilderKey> {
  const key = generateBuilderKey(name);
  await enrolBuilder(db, {
    name,
    publicKey: formatPublicKey(key.publicKey),
    fingerprint: fingerprintOf(key.publicKey),
  });
  return key;
}

/** A scripted builder over a real WebSocket: it does what the test says, and remembers what it heard. */
export class TestBuilder {
  readonly heard: Heard[] = [];
  readonly session: BuilderSession;
  readonly socket: WebSocket;
  /** What it names in heartbeats. */
  readonly builds = new Set<BuildId>();

  private constructor(
    socket: WebSocket,
    key: BuilderKey,
    { schedulerKey, ...capabilities }: TestBuilderOptions,
  ) {
    this.socket = socket;
    const hear = (message: BackendMessage): void => void this.heard.push(message);
    this.session = new BuilderSession(
      channelOfWebSocket(socket),
      { key, capabilities: { ...CAPABILITIES, ...capabilities }, software: 'test-builder 1', schedulerKey },
      {
        welcomed: hear,
        offered: (job) => hear({ type: 'offer', job }),
        renewed: hear,
        lost: (build) => hear({ type: 'lost', build }),
        cancelled: (build, reason) => hear({ type: 'cancel', build, reason }),
        resumed: hear,
        logged: hear,
        done: hear,
        draining: () => hear({ type: 'drain' }),
        closed: (end) => void this.heard.push({ type: 'closed', ...end }),
        builds: () => [...this.builds],
      },
    );
  }

  /** Connects and says hello; not yet welcomed. */
  static async connect(url: string, key: BuilderKey, options: TestBuilderOptions = {}): Promise<TestBuilder> {
    const socket = new WebSocket(url.replace(/^http/, 'ws') + CONNECT_PATH, SUBPROTOCOL);
    await once(socket, 'open');
    return new TestBuilder(socket, key, options);
  }

  /** Connects and waits to be welcomed. */
  static async welcomed(
    url: string,
    key: BuilderKey,
    options: TestBuilderOptions = {},
  ): Promise<TestBuilder> {
    const builder = await TestBuilder.connect(url, key, options);
    await builder.hears('welcome');
    return builder;
  }

  /** The first message of a type that was not taken yet; waits for it, and takes it. */
  async hears<Type extends Heard['type']>(
    type: Type,
    fits: (message: Extract<Heard, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<Heard, { type: Type }>> {
    const isIt = (message: Heard): message is Extract<Heard, { type: Type }> =>
      message.type === type && fits(message as Extract<Heard, { type: Type }>);
    await eventually(
      () => this.heard,
      (heard) => heard.some(isIt),
    );
    const index = this.heard.findIndex(isIt);
    const [message] = this.heard.splice(index, 1);
    return message as Extract<Heard, { type: Type }>;
  }

  /** Asks for a job, takes it, and begins it. */
  async takeJob(): Promise<Job> {
    this.session.request(1);
    const { job } = await this.hears('offer');
    this.builds.add(job.build);
    this.session.accept(job.build);
    return job;
  }

  /** Says that a job is complete, and waits for what became of it. */
  async complete(job: Job, result: JobResult): Promise<string> {
    this.session.complete(job.build, job.lease.token, result);
    const { outcome } = await this.hears('done', (done) => done.build === job.build);
    this.builds.delete(job.build);
    return outcome;
  }

  async close(): Promise<void> {
    this.session.close();
    this.socket.terminate();
    await eventually(
      () => this.socket.readyState,
      (state) => state === WebSocket.CLOSED,
    );
  }
}

/** Puts a file to where a job says, as a builder does. */
export async function putArtifact(
  job: Job,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const sha256 = parseDigest(createHash('sha256').update(bytes).digest('hex'));
  return await fetch(`${job.uploadUrl}/${name}`, {
    method: 'PUT',
    body: bytes,
    headers: {
      authorization: `Bearer ${job.lease.token}`,
      'repr-digest': digestToHeader(sha256),
      ...headers,
    },
  });
}

/** The facts of a crate with one program of its own name. */
export function factsWith(...binaries: string[]): CrateFacts {
  return {
    binaries: binaries.map((name) => ({ name, requiredFeatures: [], default: true })),
    library: binaries.length === 0 ? ['lib'] : [],
    features: [],
    defaultFeatures: [],
    lockfile: false,
  };
}

/** A sound build info for a job. */
export function infoOf(job: Job): BuildInfo {
  return {
    schema: 1,
    inputs: {
      kind: job.kind,
      source: { crate: job.crate, version: job.version, checksum: job.checksum },
      command: { cargo: ['build', '--release'], features: [], defaultFeatures: true, bins: [job.crate] },
      target: job.target,
      toolchain: {
        rustc: '1.95.0',
        commit: 'unknown',
        host: parseTarget('x86_64-unknown-linux-gnu'),
        llvm: '20.1',
        cargo: '1.95.0',
      },
      lockfile: { origin: 'generated', sha256: job.checksum },
      dependencies: [],
      environment: {},
      packages: { manager: 'none', list: [] },
      image: { kind: 'process' },
    },
    observed: {
      executor: 'process',
      isolation: 'none',
      hostname: 'test',
      kernel: 'test',
      cpus: 1,
      builderVersion: '0.1.0',
      startedAt: new Date(0).toISOString(),
      stageMs: {},
    },
  };
}

/** The result of a binary job with these files. */
export function binaryResult(job: Job, files: Readonly<Record<string, Uint8Array>>): JobResult {
  const artifacts = Object.entries(files).map(([name, bytes]): UploadedArtifact => ({
    name: name as ArtifactName,
    sha256: parseDigest(createHash('sha256').update(bytes).digest('hex')),
    size: bytes.byteLength,
  }));
  return { kind: 'binary', artifacts, members: [], info: infoOf(job) };
}

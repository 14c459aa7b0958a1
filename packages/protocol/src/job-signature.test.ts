import type { Job } from '@buildsrs/common';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BackendSession } from './backend-session.ts';
import { BuilderSession } from './builder-session.ts';
import { signJob, verifyJob } from './job-signature.ts';
import { AUTH_NAMESPACE } from './limits.ts';
import { decodeBackendFrame, encodeBackendFrame } from './frame.ts';
import { generateBuilderKey, signSshsig } from './ssh/index.ts';
import { channelPair, MemoryBackend, settle, testJob } from './testing/index.ts';
import { fuzzRuns } from './testing/fuzz-runs.ts';

const key = generateBuilderKey('scheduler');
/** A job with every member there is. */
const job = testJob({
  kind: 'binary',
  target: 'x86_64-unknown-linux-gnu',
  features: ['tls', 'json'],
  noDefaultFeatures: true,
  bins: ['sample'],
  packages: ['cmake'],
  environment: { OPENSSL_STATIC: '1' },
});
const signature = signJob(key, job);

type Path = readonly (string | number)[];

/** Where every value of the job is, containers included. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...path, name]))];
}

/** A copy with the value at a path replaced, or removed by `undefined`. */
function replaced(value: unknown, [name, ...rest]: Path, by: unknown): unknown {
  if (name === undefined) return by;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...(value as object) };
  const members = copy as Record<string, unknown>;
  members[name] = replaced(members[name], rest, by);
  return copy;
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], value);
}

describe("the scheduler's signature of a job", () => {
  const paths = pathsOf(job).filter((path) => path.length > 0);

  test('holds after a way over the wire, whatever the order of the members', () => {
    const frame = encodeBackendFrame({ type: 'offer', job, signature });
    const heard = decodeBackendFrame(frame);
    if (heard.type !== 'offer') throw new Error('not an offer');
    expect(verifyJob(key.publicKey, heard.job, heard.signature)).toEqual({ valid: true });
    const turned = Object.fromEntries(Object.entries(job).toReversed()) as Job;
    expect(verifyJob(key.publicKey, turned, signature)).toEqual({ valid: true });
  });

  test('covers every member of the job at every depth', () => {
    expect(new Set(paths.map((path) => path[0]))).toEqual(new Set(Object.keys(job)));
    for (const path of paths) {
      const removed = JSON.parse(JSON.stringify(replaced(job, path, undefined))) as Job;
      expect(verifyJob(key.publicKey, removed, signature), path.join('.')).toMatchObject({ valid: false });
    }
  });

  test('holds for no other value of any member', () => {
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const before = at(job, path);
        fc.pre(JSON.stringify(before) !== JSON.stringify(value) && !Object.is(value, -0));
        const forged = replaced(job, path, value) as Job;
        expect(verifyJob(key.publicKey, forged, signature).valid).toBe(false);
      }),
      fuzzRuns(300),
    );
  });

  test('holds for no text with one character changed', () => {
    for (const path of paths) {
      const value = at(job, path);
      if (typeof value !== 'string') continue;
      for (let index = 0; index < value.length; index += 1) {
        const other = value[index] === 'a' ? 'b' : 'a';
        const forged = replaced(job, path, value.slice(0, index) + other + value.slice(index + 1));
        expect(verifyJob(key.publicKey, forged as Job, signature).valid).toBe(false);
      }
    }
  });

  test.each([
    ['none', undefined, 'it has no signature'],
    ['text', 'signed, honestly', ''],
    ['one of another key', signJob(generateBuilderKey(), job), 'it is by another key'],
    [
      'one for another use of the key',
      signSshsig(key, AUTH_NAMESPACE, Buffer.from(JSON.stringify(job))),
      'it was made for another namespace',
    ],
    ['one of another job', signJob(key, testJob()), 'it does not fit the message'],
  ])('is not %s', (_, other, reason) => {
    const verdict = verifyJob(key.publicKey, job, other);
    expect(verdict).toMatchObject({ valid: false, reason: expect.stringContaining(reason) });
  });
});

/** A backend that signs or does not, and a builder that pins a key or does not; gives what became of one job. */
async function offered(keys: { signs?: typeof key; pins?: typeof key }) {
  const pair = channelPair();
  const memory = new MemoryBackend();
  const identity = generateBuilderKey();
  const handed = testJob();
  memory.enrol(identity.publicKey);
  memory.queue.push(handed);
  const times = { heartbeatIntervalMs: 60_000, leaseMs: 60_000 };
  const backend = new BackendSession(
    pair.backend,
    { serverId: 'https://builds.test', ...times, schedulerKey: keys.signs },
    memory,
  );
  const seen: string[] = [];
  const ignore = () => undefined;
  const builder = new BuilderSession(
    pair.builder,
    {
      key: identity,
      capabilities: { targets: [], kinds: ['metadata'], executor: 'process', isolation: 'none', slots: 1 },
      software: 'test 0',
      schedulerKey: keys.pins?.publicKey,
    },
    {
      welcomed: () => builder.request(1),
      offered: ({ build }) => seen.push(`offered ${build}`),
      refused: ({ build }, reason) => seen.push(`refused ${build}: ${reason}`),
      renewed: ignore,
      lost: ignore,
      cancelled: ignore,
      resumed: ignore,
      logged: ignore,
      done: ignore,
      draining: ignore,
      closed: ignore,
      builds: () => [],
    },
  );
  await settle();
  const declined = memory.calls.find((call) => call.startsWith('declined'));
  const text = (sentence: string) => sentence.replace(handed.build, 'BUILD');
  const outcome = { seen: seen.map(text), declined: declined === undefined ? undefined : text(declined) };
  builder.close();
  backend.close('done');
  return outcome;
}

describe('a builder that pins the scheduler', () => {
  test('is offered what it signed', async () => {
    expect(await offered({ signs: key, pins: key })).toEqual({
      seen: ['offered BUILD'],
      declined: undefined,
    });
  });

  test.each([
    ['unsigned jobs', undefined, 'it has no signature'],
    ['jobs of another scheduler', generateBuilderKey(), 'it is by another key'],
  ])('declines %s and never sees them as offered', async (_, signs, reason) => {
    expect(await offered({ signs, pins: key })).toEqual({
      seen: [`refused BUILD: ${reason}`],
      declined: `declined BUILD the pinned scheduler did not sign this job: ${reason}`,
    });
  });

  test("is the operator's choice: others take signed jobs as well as unsigned ones", async () => {
    for (const signs of [key, undefined]) expect((await offered({ signs })).seen).toEqual(['offered BUILD']);
  });
});

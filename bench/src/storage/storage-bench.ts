import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ObjectStore, openStore, withMemoryCache } from '@buildsrs/storage';
import { startVersitygw, versitygwMissing } from '@buildsrs/storage/testing';
import type { Bench } from '../bench.ts';
import { median, table } from '../table.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const ROUNDS = 5;
/** Logs and manifests; small programs; large ones. */
const SIZES = [
  { name: '16 KiB', bytes: 16 * KIB, count: 64 },
  { name: '1 MiB', bytes: MIB, count: 16 },
  { name: '32 MiB', bytes: 32 * MIB, count: 2 },
] as const;

interface Subject {
  readonly name: string;
  write(bytes: Uint8Array): Promise<string>;
  read(name: string): Promise<number>;
}

async function drain(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of stream) size += chunk.byteLength;
  return size;
}

async function* chunked(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 64 * KIB) yield bytes.subarray(at, at + 64 * KIB);
}

function subjectOf(name: string, store: ObjectStore): Subject {
  const digests = new Map<string, Awaited<ReturnType<ObjectStore['put']>>>();
  return {
    name,
    async write(bytes) {
      const staged = await store.put(chunked(bytes), { maxBytes: bytes.byteLength });
      await store.commit(staged);
      digests.set(staged.sha256, staged);
      return staged.sha256;
    },
    async read(digest) {
      const staged = digests.get(digest);
      const body = staged && (await store.get(staged.sha256));
      return body === undefined ? 0 : await drain(body.stream);
    },
  };
}

/** What any store over a folder must do at the least: hash, write, sync, rename. */
async function floor(folder: string): Promise<Subject> {
  await mkdir(folder);
  return {
    name: 'bare file (floor)',
    async write(bytes) {
      const name = createHash('sha256').update(bytes).digest('hex');
      const path = join(folder, name);
      await writeFile(`${path}.new`, bytes, { flush: true });
      await rename(`${path}.new`, path);
      return name;
    },
    async read(name) {
      await using file = await open(join(folder, name));
      return await drain(file.createReadStream({ highWaterMark: 256 * KIB }) as AsyncIterable<Uint8Array>);
    },
  };
}

async function measure(subject: Subject, bytes: number, count: number) {
  const all = Array.from({ length: count }, () => randomBytes(bytes));
  const names: string[] = [];
  const began = performance.now();
  for (const one of all) names.push(await subject.write(one));
  const writeMs = (performance.now() - began) / count;
  // Once to warm whatever is between us and the disk: what is asked for often is what must be quick.
  for (const name of names)
    if ((await subject.read(name)) !== bytes) throw new Error(`${subject.name} lost bytes.`);
  const wrote = performance.now();
  for (const name of names) await subject.read(name);
  const read = performance.now();
  return { writeMs, readMs: (read - wrote) / count };
}

const inMs = (value: number): string => value.toFixed(value < 10 ? 2 : 0);
const perSecond = (bytes: number, ms: number): string => ((bytes / MIB / ms) * 1000).toFixed(0);

/** Puts, commits and reads objects of three sizes, one store after the other in each round. */
export const storageBench: Bench = {
  summary: 'put, commit and get over a folder, memory and S3, against a bare file',
  async run() {
    const root = await mkdtemp(join(tmpdir(), 'bench-storage-'));
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => rm(root, { recursive: true, force: true }));
    const folder = await openStore(join(root, 'store'));
    const subjects = [
      await floor(join(root, 'floor')),
      subjectOf('folder', folder),
      subjectOf('folder + memory', withMemoryCache(folder, { maxBytes: 64 * MIB, maxObjectBytes: 2 * MIB })),
    ];
    const missing = versitygwMissing();
    if (missing === undefined) {
      const server = cleanup.use(await startVersitygw());
      const s3 = await openStore(server.storageUrl(), { credentials: server.credentials });
      cleanup.defer(() => s3.close());
      subjects.push(subjectOf('S3 (versitygw)', s3));
    } else console.log(`Without S3: ${missing}.`);
    for (const { name, bytes, count } of SIZES) {
      const results = new Map(
        subjects.map((subject) => [subject, { writes: [] as number[], reads: [] as number[] }]),
      );
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [subject, { writes, reads }] of results) {
          const { writeMs, readMs } = await measure(subject, bytes, count);
          writes.push(writeMs);
          reads.push(readMs);
        }
      }
      const rows = [...results].map(([subject, { writes, reads }]) => {
        const [write, read] = [median(writes), median(reads)];
        return [subject.name, inMs(write), perSecond(bytes, write), inMs(read), perSecond(bytes, read)];
      });
      console.log(`\n${name} (median of ${ROUNDS} rounds of ${count})`);
      console.log(table(['', 'write ms', 'MiB/s', 'hot read ms', 'MiB/s'], rows));
    }
    return 0;
  },
};

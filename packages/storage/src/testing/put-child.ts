import { openStore } from '../open-store.ts';
import { chunked, sampleBytes, store as keep } from './bytes.ts';

/**
 * A process to be killed: `put-child.ts FOLDER middle` stops in the middle of a put, `staged` prints what it staged and
 * waits, `publish SEED` publishes one object after the other. It tells by a line on its standard output how far it is.
 */
const [folder = '', mode = '', seed = ''] = process.argv.slice(2);
const store = await openStore(folder);
const tell = (line: string) => new Promise((resolve) => process.stdout.write(`${line}\n`, resolve));
const forever = () => new Promise<never>(() => setInterval(() => undefined, 60_000));

async function* stuck(): AsyncGenerator<Uint8Array> {
  yield* chunked(sampleBytes(1024 * 1024, 'stuck'));
  await tell('middle');
  await forever();
}

if (mode === 'middle') await store.put(stuck(), { maxBytes: 1e9 });
if (mode === 'staged') {
  const staged = await store.put(chunked(sampleBytes(5000, 'staged')), { maxBytes: 5000 });
  await tell(JSON.stringify(staged));
  await forever();
}
for (let count = 0; ; count += 1) {
  await keep(store, sampleBytes(200_000 + count, `${seed}:${count}`));
  await tell(String(count));
}

import { randomBytes } from 'node:crypto';
import { digestToHeader, parseVersion, parseCrateName, parseDigest } from '@buildsrs/common';
import { listArtifactsOfBuild, upsertCrateVersions } from '@buildsrs/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeMatrix } from '../testing/describe-matrix.ts';
import { eventually } from '../testing/eventually.ts';
import { publishFile, type PublishedFile } from '../testing/publish.ts';
import { createTcpGate } from '../testing/tcp-gate.ts';
import { createMemoryBackend, createTestHouse } from '../testing/test-backend.ts';

const BYTES = randomBytes(300_000);

describeMatrix('downloads', ({ backend, house }) => {
  let file: PublishedFile;
  const get = (headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    backend().request(file.path, { method, headers });
  const counted = async (): Promise<number> => {
    await backend().context.downloads.flush();
    return (await listArtifactsOfBuild(house().db, file.build))[0]?.downloads ?? -1;
  };

  beforeAll(async () => {
    file = await publishFile(backend().context, 'served', BYTES);
  });

  it('sends the whole with everything that is known of it', async () => {
    const response = await get();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-disposition': `attachment; filename="${file.name}"`,
      'content-length': String(BYTES.byteLength),
      'content-type': 'application/gzip',
      etag: `"sha256:${file.sha256}"`,
      'repr-digest': digestToHeader(file.sha256),
      'x-content-type-options': 'nosniff',
    });
    expect(BYTES.equals(await response.bytes())).toBe(true);
  });

  it('answers HEAD like GET, without bytes', async () => {
    const response = await get({}, 'HEAD');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(BYTES.byteLength));
    expect(response.headers.get('etag')).toBe(`"sha256:${file.sha256}"`);
    expect((await response.bytes()).byteLength).toBe(0);
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=299990-', 299_990, 300_000],
    ['bytes=-5', 299_995, 300_000],
    ['bytes=65530-131080', 65_530, 131_081],
    ['bytes=299999-999999', 299_999, 300_000],
  ])('sends %s', async (range, start, end) => {
    const response = await get({ range });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/300000`);
    expect(response.headers.get('content-length')).toBe(String(end - start));
    expect(BYTES.subarray(start, end).equals(await response.bytes())).toBe(true);
  });

  it('sends the whole for several ranges and for a tag that is another', async () => {
    expect((await get({ range: 'bytes=0-1,5-6' })).status).toBe(200);
    expect((await get({ range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
    expect((await get({ range: 'bytes=0-1', 'if-range': `"sha256:${file.sha256}"` })).status).toBe(206);
  });

  it('says how long it is to who asks for more', async () => {
    const response = await get({ range: 'bytes=300000-' });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */300000');
    expect(await response.json()).toMatchObject({ code: 'range-not-satisfiable' });
  });

  it('sends nothing to who has it', async () => {
    for (const header of [`"sha256:${file.sha256}"`, `W/"sha256:${file.sha256}", "x"`, '*']) {
      const response = await get({ 'if-none-match': header });
      expect(response.status).toBe(304);
      expect(response.headers.get('cache-control')).toContain('immutable');
      expect((await response.bytes()).byteLength).toBe(0);
    }
    expect((await get({ 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('counts what was read whole, and nothing else', async () => {
    const before = await counted();
    await (await get()).bytes();
    await (await get({}, 'HEAD')).bytes();
    await (await get({ range: 'bytes=0-9' })).bytes();
    await (await get({ 'if-none-match': '*' })).bytes();
    await (await get()).body?.cancel();
    await (await get()).bytes();
    // A socket may have taken all of a small file before its reader left, so one more may be counted, never fewer.
    const after = await eventually(counted, (count) => count >= before + 2);
    expect(after - before).toBeLessThanOrEqual(3);
  });

  it('redirects latest to the newest version, which may change', async () => {
    for (const name of [file.name, 'served-latest.tar.gz']) {
      const response = await backend().request(`/crates/SERVED/latest/${file.target}/${name}`);
      expect(response.status).toBe(307);
      expect(response.headers.get('location')).toBe(file.path);
      expect(response.headers.get('cache-control')).toBe('no-cache');
    }
  });

  it.each([
    ['/crates/absent/1.0.0/x86_64-unknown-linux-gnu/a.tar.gz', 404, 'crate-not-found'],
    ['/crates/served/9.9.9/x86_64-unknown-linux-gnu/a.tar.gz', 404, 'version-not-found'],
    ['/crates/served/1.0.0/x86_64-unknown-linux-gnu/other.tar.gz', 404, 'artifact-not-found'],
    ['/crates/served/1.0.0/aarch64-unknown-linux-gnu/a.tar.gz', 404, 'not-built'],
    ['/crates/served/1.0.0/x86_64-unknown-linux-gnu/..%2f..%2fetc%2fpasswd', 400, 'invalid-request'],
    ['/crates/..%2f..%2fetc/1.0.0/x86_64-unknown-linux-gnu/a', 400, 'invalid-request'],
    ['/crates/served/1.0.0%00/x86_64-unknown-linux-gnu/a', 400, 'invalid-request'],
    ['/crates/served/1.0.0/x%5cy/a', 400, 'invalid-request'],
    ['/crates/served/1.0.0/x86_64-unknown-linux-gnu/.hidden', 400, 'invalid-request'],
    ['/crates/con/1.0.0/x86_64-unknown-linux-gnu/a', 400, 'invalid-request'],
  ])('answers %s with %i', async (path, status, code) => {
    const response = await backend().request(path);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it('names what is not built yet', async () => {
    await upsertCrateVersions(house().db, {
      name: parseCrateName('served'),
      versions: [{ version: parseVersion('0.9.0'), checksum: parseDigest('00'.repeat(32)), yanked: false }],
    });
    const response = await backend().request('/crates/served/0.9.0/x86_64-unknown-linux-gnu/a.tar.gz');
    expect(await response.json()).toMatchObject({ status: 404, code: 'not-built' });
  });
});

describe('downloads without a database', () => {
  it('go on for files that are known', async () => {
    await using house = await createTestHouse();
    await using gate = await createTcpGate(house.database);
    await using backend = await createMemoryBackend({ ...house, database: gate.url });
    const file = await publishFile(backend.context, 'kept', BYTES);
    expect((await backend.request(file.path)).status).toBe(200);
    await gate.cut();
    const unknown = await backend.request('/api/v1/crates/kept');
    expect(unknown.status).toBe(503);
    expect(unknown.headers.get('retry-after')).toBe('5');
    expect((await backend.request('/readyz')).status).toBe(503);
    expect((await backend.request('/healthz')).status).toBe(200);
    expect((await backend.request('/metrics')).status).toBe(200);
    expect((await backend.request(file.path)).status).toBe(200);
    await gate.open();
    await eventually(
      async () => (await backend.request('/readyz')).status,
      (status) => status === 200,
    );
    expect((await backend.request('/api/v1/crates/kept')).status).toBe(200);
  });
});

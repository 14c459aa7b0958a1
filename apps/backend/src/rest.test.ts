import { randomBytes } from 'node:crypto';
import {
  ArtifactSchema,
  BuildDetailSchema,
  BuilderSchema,
  BuildSchema,
  CrateDetailSchema,
  CrateSummarySchema,
  pageOf,
  QueueSchema,
  TargetDetailSchema,
  TaskDetailSchema,
  TaskSchema,
  VersionDetailSchema,
} from '@buildsrs/common';
import { seedVersion } from '@buildsrs/database/testing';
import { beforeAll, expect, it } from 'vitest';
import { describeMatrix } from './testing/describe-matrix.ts';
import { expectAnswer, expectProblem } from './testing/expect-answer.ts';
import { publishFile, type PublishedFile } from './testing/publish.ts';

describeMatrix('the REST API', ({ backend, house }) => {
  let file: PublishedFile;

  beforeAll(async () => {
    file = await publishFile(backend().context, 'Rest-Crate', randomBytes(100));
    for (const name of ['alpha', 'alpha-two', 'beta']) await seedVersion(house().db, name);
    await seedVersion(house().db, 'alpha', '1.10.0');
    await seedVersion(house().db, 'alpha', '1.9.0');
  });

  it('finds crates, page by page, each once', async () => {
    const Crates = pageOf(CrateSummarySchema);
    const names: string[] = [];
    let cursor: string | null = '';
    do {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: { items: { name: string }[]; next: string | null } = await expectAnswer(
        backend(),
        `/api/v1/crates?limit=1${query}`,
        Crates,
      );
      names.push(...page.items.map((crate) => crate.name));
      cursor = page.next;
    } while (cursor !== null);
    expect(names.toSorted()).toEqual(['Rest-Crate', 'alpha', 'alpha-two', 'beta']);
    const found = await expectAnswer(backend(), '/api/v1/crates?query=ALPHA_T', Crates);
    expect(found.items.map((crate) => crate.name)).toEqual(['alpha-two']);
    expect((await expectAnswer(backend(), '/api/v1/crates?query=%25%5F%25', Crates)).items).toEqual([]);
  });

  it('shows a crate however its name is written, its versions in the order of cargo', async () => {
    const crate = await expectAnswer(backend(), '/api/v1/crates/rest_crate', CrateDetailSchema);
    expect(crate).toMatchObject({ name: 'Rest-Crate', latest: '1.0.0', targets: [file.target] });
    const alpha = await expectAnswer(backend(), '/api/v1/crates/alpha', CrateDetailSchema);
    expect(alpha.versions.map((entry) => entry.version)).toEqual(['1.10.0', '1.9.0', '1.0.0']);
  });

  it('shows a version with its tasks and files', async () => {
    for (const version of ['1.0.0', 'latest']) {
      const detail = await expectAnswer(
        backend(),
        `/api/v1/crates/Rest-Crate/${version}`,
        VersionDetailSchema,
      );
      expect(detail).toMatchObject({ version: '1.0.0', yanked: false, facts: null });
      expect(detail.tasks).toMatchObject([{ kind: 'binary', status: 'built', publishedBuild: file.build }]);
      expect(detail.artifacts).toMatchObject([{ name: file.name, sha256: file.sha256 }]);
      expect(detail.artifacts[0]?.url).toMatch(new RegExp(`^http://.+${file.path}$`));
    }
  });

  it('shows tasks and builds', async () => {
    const tasks = await expectAnswer(
      backend(),
      '/api/v1/tasks?status=built&crate=rest-crate',
      pageOf(TaskSchema),
    );
    expect(tasks.items).toHaveLength(1);
    const task = await expectAnswer(backend(), `/api/v1/tasks/${tasks.items[0]?.id}`, TaskDetailSchema);
    expect(task).toMatchObject({ queuePosition: null, artifacts: [{ name: file.name }] });
    const builds = await expectAnswer(backend(), '/api/v1/builds?outcome=succeeded', pageOf(BuildSchema));
    expect(builds.items.map((build) => build.id)).toEqual([file.build]);
    expect(
      (await expectAnswer(backend(), '/api/v1/builds?outcome=running', pageOf(BuildSchema))).items,
    ).toEqual([]);
    const build = await expectAnswer(backend(), `/api/v1/builds/${file.build}`, BuildDetailSchema);
    expect(build).toMatchObject({
      outcome: 'succeeded',
      artifacts: [{ name: file.name }],
      info: { schema: 1 },
    });
  });

  it('finds files by their checksum', async () => {
    const Artifacts = pageOf(ArtifactSchema);
    const found = await expectAnswer(backend(), `/api/v1/artifacts/${file.sha256}`, Artifacts);
    expect(found.items).toMatchObject([{ name: file.name }]);
    const none = await expectAnswer(backend(), `/api/v1/artifacts/${'0'.repeat(64)}`, Artifacts);
    expect(none).toEqual({ items: [], next: null });
  });

  it('shows builders, targets and the queue', async () => {
    const builders = await expectAnswer(backend(), '/api/v1/builders', pageOf(BuilderSchema));
    expect(builders.items).toMatchObject([{ enabled: true, connected: true, executor: 'process' }]);
    await expectAnswer(backend(), '/api/v1/targets', pageOf(TargetDetailSchema));
    expect(await expectAnswer(backend(), '/api/v1/queue', QueueSchema)).toMatchObject({
      built: 1,
      failed: 0,
    });
  });

  it.each([
    ['/api/v1/crates/nobody', 'crate-not-found'],
    ['/api/v1/crates/nobody/1.0.0', 'crate-not-found'],
    ['/api/v1/crates/alpha/7.0.0', 'version-not-found'],
    ['/api/v1/tasks/999999', 'task-not-found'],
    ['/api/v1/builds/00000000-0000-4000-8000-000000000000', 'build-not-found'],
    ['/api/v1/builds/00000000-0000-4000-8000-000000000000/log', 'build-not-found'],
    ['/api/v1/builds/00000000-0000-4000-8000-000000000000/events', 'build-not-found'],
    ['/api/v1/nothing', 'not-found'],
    ['/api/v1/builders/connect', 'upgrade-required'],
    ['/problems/nonsense', 'not-found'],
    ['/api/v1/tasks/0', 'invalid-request'],
    ['/api/v1/tasks/99999999999999999999', 'invalid-request'],
    ['/api/v1/tasks?status=done', 'invalid-request'],
    ['/api/v1/crates?limit=101', 'invalid-request'],
    ['/api/v1/crates?limit=0', 'invalid-request'],
    ['/api/v1/crates?cursor=bm9uc2Vuc2U', 'invalid-request'],
    [`/api/v1/crates?query=${'x'.repeat(129)}`, 'invalid-request'],
    [`/api/v1/crates/${'x'.repeat(65)}`, 'invalid-request'],
    ['/api/v1/artifacts/ABCDEF', 'invalid-request'],
  ] as const)('answers %s with %s', async (path, code) => {
    expect((await expectProblem(backend(), path, code)).detail).toMatch(/^\w.+ .+\.$/);
  });

  it('says which methods a URL has', async () => {
    for (const [method, path, allow] of [
      ['DELETE', '/api/v1/crates', 'GET, HEAD'],
      ['PUT', '/api/v1/requests', 'POST'],
      ['PATCH', '/api/v1/builds/x/artifacts/y', 'PUT'],
      ['POST', '/healthz', 'GET, HEAD'],
    ] as const) {
      const response = await backend().request(path, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe(allow);
      expect(await response.json()).toMatchObject({ code: 'method-not-allowed' });
    }
    await expectProblem(backend(), '/api/v1/nothing', 'not-found', { method: 'PUT' });
  });

  it('offers the nearest names of a crate it does not know', async () => {
    const problem = await expectProblem(backend(), '/api/v1/crates/alpah', 'crate-not-found');
    expect(problem.suggestions).toContain('alpha');
    expect(problem.detail).toContain('alpha');
    const popular = await expectProblem(backend(), '/api/v1/crates/ripgerp', 'crate-not-found');
    expect(popular.suggestions).toContain('ripgrep');
  });

  it('has the headers that keep browsers from doing harm', async () => {
    for (const path of ['/api/v1/queue', '/api/v1/nothing', file.path, '/docs/api']) {
      const { headers } = await backend().request(path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-request-id')).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
    }
    const { headers } = await backend().request('/healthz', {
      headers: { 'x-request-id': 'given-by-proxy' },
    });
    expect(headers.get('x-request-id')).toBe('given-by-proxy');
  });

  it('may be read by pages of other origins, and is asked for anew', async () => {
    const { headers } = await backend().request('/api/v1/queue', {
      headers: { origin: 'https://other.test' },
    });
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-cache');
    const problem = await backend().request('/api/v1/crates/nobody');
    expect(problem.headers.get('access-control-allow-origin')).toBe('*');
    expect(problem.headers.get('cache-control')).toBe('no-store');
  });

  it('counts in a form Prometheus reads', async () => {
    const text = await (await backend().request('/metrics')).text();
    expect(text).toMatch(/^buildsrs_tasks\{status="built"\} 1$/m);
    expect(text).toMatch(
      /^buildsrs_http_request_duration_seconds_count\{.*route="\/api\/v1\/crates\/:name".*\} \d+$/m,
    );
  });
});

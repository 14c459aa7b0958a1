import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleTask, startFakeInstance, type FakeInstance } from '../testing/fake-instance.ts';
import { createDesk, type Desk } from '../testing/run-builds.ts';
import { GNU, sampleArchive } from '../testing/sample-archive.ts';

let desk: Desk;
let instance: FakeInstance;
beforeEach(async () => {
  desk = createDesk();
  instance = await startFakeInstance({ [GNU]: await sampleArchive(GNU) });
  instance.answer('/api/v1/requests', (_request, response) => {
    response
      .writeHead(202, { 'content-type': 'application/json' })
      .end(JSON.stringify({ crate: 'sample', version: '1.2.0', yanked: false, tasks: [sampleTask()] }));
  });
});
afterEach(async () => {
  await instance[Symbol.asyncDispose]();
  desk[Symbol.dispose]();
});

const event = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const log = (offset: number, text: string): string =>
  event('log', { offset, data: Buffer.from(text).toString('base64') });

function answerBuild(outcome: string, last: object): void {
  const states = [
    sampleTask({ status: 'blocked' }),
    sampleTask({ status: 'pending', queuePosition: 2 }),
    sampleTask({ status: 'building', build: instance.build }),
    sampleTask({ build: instance.build, ...last }),
  ];
  let asked = 0;
  instance.answer('/api/v1/tasks/7', (_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(states[Math.min(asked, states.length - 1)]));
    asked += 1;
  });
  instance.answer(`/api/v1/builds/${instance.build}/events`, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event('stage', { stage: 'build', startedAt: '2026-01-01T00:00:00.000Z' }));
    response.write(log(0, 'compiling \u001b[32mgreen\u001b[0m\n'));
    response.end(log(22, '\u001b[2Jtrap\n') + event('end', { outcome }));
  });
}

const builds = (...args: string[]) => desk.run([...args, '--server', instance.url]);

describe('builds request', () => {
  it('follows place in the queue, log and result', async () => {
    answerBuild('succeeded', { status: 'built', publishedBuild: instance.build });
    const end = await builds('request', 'sample');
    expect(end.code).toBe(0);
    expect(end.stdout).toContain('waits until the crate');
    expect(end.stdout).toContain('is number 2 in the queue.');
    expect(end.stdout).toContain('── build\ncompiling \u001b[32mgreen\u001b[0m\n');
    expect(end.stdout).not.toContain('\u001b[2J');
    expect(end.stdout).toContain(`built sample 1.2.0 (${GNU})\n`);
  });

  it('ends with 1 and the reason when it fails; JSON stands alone', async () => {
    const failure = {
      kind: 'compiler-error',
      message: 'E0432',
      hint: 'Its author can mend it.',
      retryable: false,
    };
    answerBuild('failed', { status: 'failed', failure });
    const end = await builds('request', 'sample@1.2.0', '--target', GNU, '--json');
    expect(end.code).toBe(1);
    expect(JSON.parse(end.stdout)).toMatchObject({ tasks: [{ status: 'failed', failure }] });
    expect(end.stderr).toContain('compiler-error\n  E0432\n  Its author can mend it.');
  });

  it('does not wait when told so', async () => {
    const end = await builds('request', 'sample', '--no-follow');
    expect(end).toMatchObject({ code: 0, stdout: `task 7: sample 1.2.0 for ${GNU} is pending\n` });
    expect(instance.requests).toEqual(['POST /api/v1/requests']);
  });
});

describe('builds logs', () => {
  it('prints the log, or follows it', async () => {
    answerBuild('failed', { status: 'failed' });
    instance.answer(`/api/v1/builds/${instance.build}/log`, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('line\u001b[2J\r\n');
    });
    expect((await builds('logs', instance.build)).stdout).toBe('line\ufffd[2J\n');
    const followed = await builds('logs', '-f', instance.build);
    expect(followed.code).toBe(1);
    expect(followed.stdout).toContain('── build\n');
    instance.answer('/api/v1/builds', { items: [], next: null });
    await expect(builds('logs', 'sample')).rejects.toMatchObject({ code: 'no-build' });
    await expect(builds('logs')).rejects.toMatchObject({ exitCode: 2 });
  });
});

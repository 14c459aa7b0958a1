import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFakeInstance } from '../testing/fake-instance.ts';
import { createDesk, type Desk } from '../testing/run-builds.ts';
import { GNU, sampleArchive } from '../testing/sample-archive.ts';

let desk: Desk;
beforeEach(() => {
  desk = createDesk();
});
afterEach(() => desk[Symbol.dispose]());

describe('the way to an instance', () => {
  it('leads through the proxy of the environment, but not to this machine', async () => {
    await using instance = await startFakeInstance({ [GNU]: await sampleArchive(GNU) });
    const asked: string[] = [];
    const proxy = createHttp();
    proxy.on('connect', (request, socket, head) => {
      asked.push(request.url ?? '');
      const there = connect(Number(new URL(instance.url).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        there.write(head);
        there.pipe(socket).pipe(there);
      });
      for (const end of [there, socket]) end.on('error', () => {});
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    try {
      const environment = { http_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
      const elsewhere = await desk.run(['versions', 'sample', '--server', 'http://builds.test'], {
        environment,
      });
      expect(elsewhere.stdout).toBe(`1.2.0  built  ${GNU}\n`);
      expect(asked).toEqual(['builds.test:80']);
      await desk.run(['versions', 'sample', '--server', instance.url], { environment });
      expect(asked).toHaveLength(1);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it('trusts authorities it is given, and no others', async () => {
    const [key, certificate] = [join(desk.folder, 'key.pem'), join(desk.folder, 'certificate.pem')];
    const asking = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
    ];
    const named = ['-subj', '/CN=own', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', [...asking, ...named, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const server = createHttps({ key: readFileSync(key), cert: readFileSync(certificate) });
    await using instance = await startFakeInstance({}, { scheme: 'https', server });
    const args = ['versions', 'sample', '--server', instance.url];
    await expect(desk.run(args)).rejects.toMatchObject({ code: 'unreachable' });
    expect((await desk.run([...args, '--ca-file', certificate])).code).toBe(0);
    expect((await desk.run(args, { environment: { SSL_CERT_FILE: certificate } })).code).toBe(0);
    await expect(desk.run([...args, '--ca-file', 'missing.pem'])).rejects.toMatchObject({
      code: 'no-certificates',
      exitCode: 2,
    });
    await expect(desk.run([...args, '--ca-file', key])).rejects.toMatchObject({ code: 'no-certificates' });
  });
});

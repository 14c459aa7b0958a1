import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Secrets laid out on this machine, and what listens for a build that got out. */
export interface Canaries extends AsyncDisposable {
  /** Stands in every planted place; must never be in a log or an artifact. */
  readonly secret: string;
  /** Files that hold it. */
  readonly paths: readonly string[];
  /** Lines of the corpus's `addresses.txt`. */
  readonly addresses: readonly string[];
  /** What reached a listener, by address. */
  readonly reached: readonly string[];
}

function listen(server: Server, options: { host?: string; path?: string }): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.path === undefined ? 0 : undefined, ...options }, () => resolve(server));
  });
}

/** Plants a secret in files of this user's home, a temporary folder, a builder's folder, a process's environment and arguments. */
export async function plantCanaries(dataDir: string): Promise<Canaries> {
  const secret = `canary-${randomUUID()}`;
  const folder = await mkdtemp(join(tmpdir(), 'buildsrs-canary-'));
  const paths = [
    join(homedir(), `.buildsrs-${secret.slice(0, 16)}`),
    join(folder, 'secret'),
    join(dataDir, 'builder-key'),
    join(dataDir, 'builds', 'another-build', 'source'),
  ];
  await mkdir(join(dataDir, 'builds', 'another-build'), { recursive: true });
  for (const path of paths) await writeFile(path, secret);
  // World-readable on purpose where the folder is: what keeps a build away must be the isolation, not a mode.
  const bystander: ChildProcess = spawn('/bin/sleep', ['3600'], {
    env: { SECRET: secret },
    argv0: `sleep-${secret}`,
    stdio: 'ignore',
  });
  process.env['BUILDSRS_TEST_CANARY'] = secret;

  const reached: string[] = [];
  const servers: Server[] = [];
  const addresses: string[] = [];
  const add = async (line: (server: Server) => string, options: { host?: string; path?: string }) => {
    const server = await listen(
      createServer((socket) => {
        reached.push(address);
        socket.destroy();
      }),
      options,
    );
    servers.push(server);
    const address = line(server);
    addresses.push(address);
  };
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  await add((server) => `tcp 127.0.0.1:${portOf(server)}`, { host: '127.0.0.1' });
  if (existsSync('/proc/net/if_inet6'))
    await add((server) => `tcp [::1]:${portOf(server)}`, { host: '::1' }).catch(() => undefined);
  await add(() => `unix ${join(folder, 'socket')}`, { path: join(folder, 'socket') });
  await add(() => `abstract ${secret}`, { path: `\0${secret}` });
  const udp = createSocket('udp4');
  await new Promise<void>((resolve) => {
    udp.bind(0, '127.0.0.1', resolve);
  });
  udp.on('message', () => reached.push('udp'));
  addresses.push(`udp 127.0.0.1:${udp.address().port}`);

  return {
    secret,
    paths,
    addresses,
    reached,
    [Symbol.asyncDispose]: async () => {
      bystander.kill('SIGKILL');
      delete process.env['BUILDSRS_TEST_CANARY'];
      udp.close();
      await Promise.all(
        servers.map(
          (server) =>
            new Promise((resolve) => {
              server.close(resolve);
            }),
        ),
      );
      for (const path of paths) await rm(path, { force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';

/** A real S3 server over a folder, of one test. */
export interface Versitygw extends AsyncDisposable {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The buckets are folders in here; an object is a file under its key. */
  readonly folder: string;
  /** A storage URL for `openStore`; the bucket is made when missing. */
  storageUrl(bucket?: string): string;
}

const START_DEADLINE_MS = 60_000;

function findVersitygw(): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...(process.env['GOBIN'] === undefined ? [] : [process.env['GOBIN']]),
    join(process.env['GOPATH'] ?? join(homedir(), 'go'), 'bin'),
  ];
  return folders
    .map((folder) => join(folder, 'versitygw'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * Why tests with a real S3 server cannot run here; `undefined` when they can. Throws instead where nothing may be
 * skipped (`BUILDSRS_TEST_REQUIRE_ALL=1`).
 */
export function versitygwMissing(): string | undefined {
  if (findVersitygw() !== undefined) return undefined;
  const reason = 'needs the S3 server versitygw on the PATH or in ~/go/bin';
  if (process.env['BUILDSRS_TEST_REQUIRE_ALL'] === '1') throw new Error(`This test ${reason}.`);
  return reason;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

async function answers(endpoint: string, credentials: Versitygw['credentials']): Promise<boolean> {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 10_000 },
  });
  try {
    // Signed with a key of this server alone: another program that took the port cannot answer this well.
    await client.send(new ListBucketsCommand({}));
    return true;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Starts versitygw on a port of loopback with a folder and keys of its own. See {@link versitygwMissing} first. */
export async function startVersitygw(): Promise<Versitygw> {
  const binary = findVersitygw();
  if (binary === undefined) throw new Error('versitygw is not installed.');
  const root = await mkdtemp(join(tmpdir(), 'storage-versitygw-'));
  const folder = join(root, 'buckets');
  const log = join(root, 'log');
  const meta = join(root, 'meta');
  await mkdir(folder);
  await mkdir(meta);
  const credentials = {
    accessKeyId: randomBytes(10).toString('hex'),
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline) {
    // Between finding a free port and taking it someone else may: then it is tried with another.
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const output = await open(log, 'a');
    const child = spawn(
      binary,
      ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--sidecar', meta, folder],
      {
        stdio: ['ignore', output.fd, output.fd],
        cwd: root,
        env: {
          ...process.env,
          ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
          ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        },
      },
    );
    await output.close();
    while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
      if (await answers(endpoint, credentials)) {
        return {
          endpoint,
          credentials,
          folder,
          storageUrl: (bucket = 'builds') =>
            `s3://${bucket}?endpoint=${encodeURIComponent(endpoint)}&region=us-east-1&create=true`,
          async [Symbol.asyncDispose]() {
            await stop(child);
            await rm(root, { recursive: true, force: true });
          },
        };
      }
      await sleep(50);
    }
    await stop(child);
  }
  throw new Error(`versitygw did not start:\n${readFileSync(log, 'utf8')}`);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { findBuilderByFingerprint } from '@buildsrs/database';
import { createTestDatabase } from '@buildsrs/database/testing';
import { fingerprintOf, formatPublicKey, generateBuilderKey } from '@buildsrs/protocol/ssh';
import { expect, test } from 'vitest';

async function enrol(url: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'enrol-builder.ts'), ...args], {
    env: { ...process.env, BUILDSRS_DATABASE: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exited;
  return { code: code as number, stdout, stderr };
}

test('admits a builder once, under its newest name, and says what is wrong', async () => {
  await using database = await createTestDatabase();
  const key = generateBuilderKey('rack 1');
  const line = formatPublicKey(key.publicKey);
  const fingerprint = fingerprintOf(key.publicKey);

  const first = await enrol(database.url, '--name', 'rack-1', line);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(first.stdout)).toMatchObject({ name: 'rack-1', fingerprint });
  expect(await enrol(database.url, '--name', 'rack-2', ...line.split(' '))).toMatchObject({ code: 0 });
  expect(await findBuilderByFingerprint(database.db, fingerprint)).toMatchObject({
    name: 'rack-2',
    publicKey: line,
    enabled: true,
  });

  const other = formatPublicKey(generateBuilderKey().publicKey);
  expect(await enrol(database.url, '--name', 'rack-2', other)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'Another builder is called rack-2; choose another name.\n',
  });
  expect(await enrol(database.url, '--name', 'rack-3', 'ssh-rsa AAAA')).toMatchObject({
    stdout: '',
    stderr: expect.stringContaining('This is not the public key of a builder'),
  });
  expect(await enrol(database.url, '--name', '../x', other)).toMatchObject({ code: 2 });
});

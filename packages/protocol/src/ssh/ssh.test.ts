import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { armor, unarmor } from './armor.ts';
import { isSoundPublicKey } from './edwards25519.ts';
import {
  fingerprintOf,
  formatPrivateKey,
  formatPublicKey,
  generateBuilderKey,
  parsePrivateKey,
  parsePublicKey,
  samePublicKey,
  signSshsig,
  verifySshsig,
} from './index.ts';
import { fuzzRuns } from '../testing/index.ts';

const NAMESPACE = 'builder-auth@builds.rs';
const message = Buffer.from('a challenge');
/** The order of the base point (RFC 8032 §5.1). */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

describe('our own codec', () => {
  test('a key goes through its file unchanged, whatever the comment', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (comment) => {
        const key = generateBuilderKey(comment);
        const read = parsePrivateKey(formatPrivateKey(key));
        expect(samePublicKey(read.publicKey, key.publicKey)).toBe(true);
        expect(read.publicKey.comment).toBe(Buffer.from(comment).toString());
        expect(signSshsig(read, NAMESPACE, message)).toBe(signSshsig(key, NAMESPACE, message));
      }),
      fuzzRuns(30),
    );
  });

  test('a public key line goes there and back', () => {
    const { publicKey } = generateBuilderKey('someone@somewhere two words');
    expect(parsePublicKey(`  ${formatPublicKey(publicKey)}\n`)).toEqual(publicKey);
    expect(formatPublicKey({ ...publicKey, comment: 'a\nssh-ed25519 b' })).not.toContain('\n');
  });

  test.each([
    ['', 'one line'],
    ['ssh-ed25519', 'one line'],
    ['ssh-rsa AAAAB3NzaC1yc2E=', 'its type is "ssh-rsa"'],
    ['ssh-ed25519 AAAA', 'ends too early'],
    ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==', 'ends too early'],
    ['ssh-ed25519 AAAA=AAA', 'not base64'],
  ])('refuses the public key %j with a sentence', (line, why) => {
    expect(() => parsePublicKey(line)).toThrow(why);
  });

  test('PKCS #8 is read, other kinds of keys are refused', () => {
    const key = generateBuilderKey();
    const pem = key.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    expect(samePublicKey(parsePrivateKey(pem).publicKey, key.publicKey)).toBe(true);
    expect(() => parsePrivateKey('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')).toThrow(
      'not sound PKCS #8',
    );
    const encrypted = key.privateKey.export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase: 'x',
    }) as string;
    expect(() => parsePrivateKey(encrypted)).toThrow('passphrase');
    expect(() => parsePrivateKey('hello')).toThrow('Make one with: ssh-keygen');
  });

  test('a changed byte of a key file never gives another key', () => {
    const key = generateBuilderKey();
    const bytes = unarmor('OPENSSH PRIVATE KEY', formatPrivateKey(key));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
        const outcome = () => {
          try {
            const read = parsePrivateKey(armor('OPENSSH PRIVATE KEY', changed));
            return samePublicKey(read.publicKey, key.publicKey) ? 'the same key' : 'another key';
          } catch (error) {
            return (error as Error).name;
          }
        };
        expect(['the same key', 'SentenceError']).toContain(outcome());
      }),
      fuzzRuns(300),
    );
  });
});

describe('signatures', () => {
  const key = generateBuilderKey();
  const signature = signSshsig(key, NAMESPACE, message);
  const check = (armored: string, changes: Partial<Parameters<typeof verifySshsig>[1]> = {}) =>
    verifySshsig(armored, { key: key.publicKey, namespace: NAMESPACE, message, ...changes });

  test('hold for their message, key and namespace and for no other', () => {
    expect(check(signature)).toEqual({ valid: true });
    expect(check(signature, { message: Buffer.from('another') })).toMatchObject({ valid: false });
    expect(check(signature, { key: generateBuilderKey().publicKey })).toMatchObject({ valid: false });
    expect(check(signature, { namespace: 'file' })).toMatchObject({ valid: false });
  });

  test('any changed, missing or added byte is refused, without an exception', () => {
    const bytes = unarmor('SSH SIGNATURE', signature);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
        expect(check(armor('SSH SIGNATURE', changed)).valid).toBe(false);
        expect(check(armor('SSH SIGNATURE', bytes.subarray(0, at))).valid).toBe(false);
        expect(check(armor('SSH SIGNATURE', Buffer.concat([bytes, changed.subarray(at)]))).valid).toBe(false);
      }),
      fuzzRuns(200),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(check(text).valid).toBe(false);
      }),
      fuzzRuns(100),
    );
  });

  test('the second form of a signature, S + L, is refused', () => {
    const bytes = unarmor('SSH SIGNATURE', signature);
    const s = BigInt(`0x${Buffer.from(bytes.subarray(-32).toReversed()).toString('hex')}`) + L;
    const changed = Buffer.concat([
      bytes.subarray(0, -32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex').toReversed(),
    ]);
    expect(check(armor('SSH SIGNATURE', changed))).toEqual({
      valid: false,
      reason: 'it does not fit the message',
    });
  });
});

describe('sound public keys', () => {
  /** The points of order 1, 2, 4 and 8 and their non-canonical spellings (as libsodium lists them). */
  const SMALL_ORDER = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ];

  test.each(SMALL_ORDER)('%s is refused, with either sign', (hex) => {
    const point = Buffer.from(hex, 'hex');
    expect(isSoundPublicKey(point)).toBe(false);
    point.writeUInt8(point.readUInt8(31) | 0x80, 31);
    expect(isSoundPublicKey(point)).toBe(false);
  });

  test('keys that are made are sound; other lengths and points off the curve are not', () => {
    for (let count = 0; count < 20; count += 1) {
      expect(isSoundPublicKey(generateBuilderKey().publicKey.bytes)).toBe(true);
    }
    expect(isSoundPublicKey(new Uint8Array(31))).toBe(false);
    expect(isSoundPublicKey(Buffer.from(`02${'00'.repeat(31)}`, 'hex'))).toBe(false);
  });
});

describe("OpenSSH's own ssh-keygen", () => {
  let folder: string;
  const run = (args: readonly string[], input?: Uint8Array) => {
    const result = spawnSync('ssh-keygen', args, { cwd: folder, input, encoding: 'utf8' });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  };
  const available = spawnSync('ssh-keygen', ['-?']).error === undefined;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'protocol-ssh-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach((context) => {
    if (available) return;
    if (process.env['BUILDSRS_TEST_REQUIRE_ALL'] === '1') throw new Error('ssh-keygen is not installed');
    context.skip('ssh-keygen is not installed');
  });

  const writeKey = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    chmodSync(join(folder, name), 0o600);
  };

  test('reads the key files and lines we write', () => {
    const key = generateBuilderKey('ours');
    writeKey('ours', formatPrivateKey(key));
    expect(run(['-y', '-f', 'ours']).stdout.trim()).toBe(formatPublicKey(key.publicKey));
    writeKey('ours.pub', `${formatPublicKey(key.publicKey)}\n`);
    expect(run(['-lf', 'ours.pub']).stdout).toContain(` ${fingerprintOf(key.publicKey)} ours (ED25519)`);
  });

  test('writes key files and lines that we read', () => {
    expect(run(['-q', '-t', 'ed25519', '-N', '', '-C', 'theirs', '-f', 'theirs']).status).toBe(0);
    const key = parsePrivateKey(readFileSync(join(folder, 'theirs'), 'utf8'));
    expect(parsePublicKey(readFileSync(join(folder, 'theirs.pub'), 'utf8'))).toEqual(key.publicKey);
    expect(key.publicKey.comment).toBe('theirs');
  });

  test('a key file with a passphrase, and one of another type, get a sentence', () => {
    run(['-q', '-t', 'ed25519', '-N', 'secret', '-f', 'locked']);
    expect(() => parsePrivateKey(readFileSync(join(folder, 'locked'), 'utf8'))).toThrow(
      'This key file has a passphrase',
    );
    run(['-q', '-t', 'ecdsa', '-N', '', '-f', 'ecdsa']);
    expect(() => parsePrivateKey(readFileSync(join(folder, 'ecdsa'), 'utf8'))).toThrow('not an Ed25519 key');
  });

  test('verifies what we sign', () => {
    const key = generateBuilderKey();
    writeFileSync(
      join(folder, 'allowed'),
      `builder namespaces="${NAMESPACE}" ${formatPublicKey(key.publicKey)}\n`,
    );
    writeFileSync(join(folder, 'signature'), signSshsig(key, NAMESPACE, message));
    const verify = (input: Uint8Array) =>
      run(['-Y', 'verify', '-f', 'allowed', '-I', 'builder', '-n', NAMESPACE, '-s', 'signature'], input);
    expect(verify(message).stdout).toContain('Good "builder-auth@builds.rs" signature');
    expect(verify(Buffer.from('another')).status).not.toBe(0);
  });

  test.each(['sha512', 'sha256'])('signs with %s what we verify', (hash) => {
    const key = generateBuilderKey();
    writeKey('signer', formatPrivateKey(key));
    const { stdout } = run(['-Y', 'sign', '-f', 'signer', '-n', NAMESPACE, '-O', `hashalg=${hash}`], message);
    expect(verifySshsig(stdout, { key: key.publicKey, namespace: NAMESPACE, message })).toEqual({
      valid: true,
    });
  });

  test('makes of a message the very bytes we make', () => {
    const key = generateBuilderKey();
    writeKey('same', formatPrivateKey(key));
    const { stdout } = run(['-Y', 'sign', '-f', 'same', '-n', NAMESPACE], message);
    expect(stdout).toBe(signSshsig(key, NAMESPACE, message));
  });
});

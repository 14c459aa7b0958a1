import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generateSigningKey, signingKeyFromPem, signingKeyToPem } from './ed25519.ts';
import {
  minisignHash,
  minisignKeyIdOf,
  minisignPublicKeyFile,
  minisignPublicKeyLine,
  minisignSign,
  minisignVerify,
  parseMinisignPublicKey,
} from './minisign.ts';

const key = generateSigningKey();
const publicKey = parseMinisignPublicKey(minisignPublicKeyLine(key));
const file = Buffer.from('the bytes of an archive');
const hash = minisignHash().update(file).digest();
const comment = 'builds.rs crate=hexyl version=0.16.0 target=x86_64-unknown-linux-gnu';
const folder = mkdtempSync(join(tmpdir(), 'buildsrs-minisign-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function minisignIsThere(): boolean {
  try {
    execFileSync('minisign', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('minisign', () => {
  it('verifies what it signed, through a PEM and a public key file', () => {
    const signature = minisignSign(signingKeyFromPem(signingKeyToPem(key)), hash, comment);
    const read = parseMinisignPublicKey(minisignPublicKeyFile(key));
    expect(minisignVerify(read, hash, signature)).toEqual({ ok: true, trustedComment: comment });
    expect(minisignKeyIdOf(signature)).toBe(read.keyId);
  });

  it('refuses every change of one byte', () => {
    const signature = Buffer.from(minisignSign(key, hash, comment));
    const from = signature.indexOf('\n') + 1;
    for (let index = from; index < signature.length - 1; index += 1) {
      const changed = Buffer.from(signature);
      changed[index] = (changed[index] as number) ^ 1;
      expect(minisignVerify(publicKey, hash, changed.toString('latin1')).ok, `byte ${index}`).toBe(false);
    }
    expect(
      minisignVerify(publicKey, minisignHash().update('another').digest(), signature.toString()),
    ).toEqual({
      ok: false,
      reason: 'file',
    });
  });

  it('tells another key, a changed comment and nonsense apart', () => {
    const signature = minisignSign(key, hash, comment);
    const other = parseMinisignPublicKey(minisignPublicKeyLine(generateSigningKey()));
    expect(minisignVerify(other, hash, signature)).toEqual({ ok: false, reason: 'another-key' });
    expect(minisignVerify(publicKey, hash, signature.replace('hexyl', 'hexyI'))).toEqual({
      ok: false,
      reason: 'comment',
    });
    for (const nonsense of [
      '',
      '\n\n\n\n',
      'x'.repeat(10_000),
      signature.replace('trusted comment', 'comment'),
    ]) {
      expect(minisignVerify(publicKey, hash, nonsense)).toEqual({ ok: false, reason: 'malformed' });
    }
    expect(() => minisignSign(key, hash, 'two\nlines')).toThrow('one line');
    expect(() => parseMinisignPublicKey('RWQ=')).toThrow('not a minisign public key');
  });

  it('is accepted by minisign itself', (context) => {
    if (!minisignIsThere()) {
      if (process.env['BUILDSRS_TEST_REQUIRE_ALL'] === '1') throw new Error('minisign is not installed');
      context.skip('minisign is not installed');
    }
    writeFileSync(join(folder, 'archive'), file);
    writeFileSync(join(folder, 'archive.minisig'), minisignSign(key, hash, comment));
    const args = ['-V', '-P', minisignPublicKeyLine(key), '-m', join(folder, 'archive')];
    expect(execFileSync('minisign', args, { encoding: 'utf8' })).toContain(comment);
    writeFileSync(join(folder, 'archive'), 'the bytes of another');
    expect(() => execFileSync('minisign', args, { stdio: 'pipe' })).toThrow(/verification failed/);
  });
});

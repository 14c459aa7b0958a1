import { generateSigningKey } from '@buildsrs/trust';
import { describe, expect, it } from 'vitest';
import { cosignCheckpoint, cosignedAt, openCheckpoint, signCheckpoint, verifierKey } from './checkpoint.ts';
import { leafHash } from './hash.ts';

const key = generateSigningKey();
const checkpoint = { origin: 'builds.example/log', size: 42, root: leafHash(Buffer.from('x')) };
const note = signCheckpoint(key, checkpoint);

describe('a checkpoint', () => {
  it('is a signed note of three lines', () => {
    expect(note).toMatch(
      /^builds\.example\/log\n42\n[A-Za-z0-9+/]{43}=\n\n\u2014 builds\.example\/log [A-Za-z0-9+/=]+\n$/,
    );
    expect(openCheckpoint(key, checkpoint.origin, note)).toEqual(checkpoint);
    expect(verifierKey(checkpoint.origin, key)).toMatch(
      /^builds\.example\/log\+[0-9a-f]{8}\+AQ?[A-Za-z0-9+/=]+$/,
    );
  });

  it('is refused after every change of one character, from another key and under another name', () => {
    for (let index = 0; index < note.length; index += 1) {
      const changed = `${note.slice(0, index)}${note[index] === 'A' ? 'B' : 'A'}${note.slice(index + 1)}`;
      expect(openCheckpoint(key, checkpoint.origin, changed), `character ${index}`).toBeUndefined();
    }
    expect(openCheckpoint(generateSigningKey(), checkpoint.origin, note)).toBeUndefined();
    expect(openCheckpoint(key, 'another.example/log', note)).toBeUndefined();
    for (const nonsense of ['', '\n\n', `${checkpoint.origin}\n`])
      expect(openCheckpoint(key, checkpoint.origin, nonsense)).toBeUndefined();
  });

  it('carries the cosignatures of witnesses', () => {
    const witness = generateSigningKey();
    const cosigned = cosignCheckpoint(witness, 'witness.example/w', note, 1_795_000_000);
    expect(openCheckpoint(key, checkpoint.origin, cosigned)).toEqual(checkpoint);
    expect(cosignedAt(witness, 'witness.example/w', cosigned)).toBe(1_795_000_000);
    expect(cosignedAt(witness, 'witness.example/other', cosigned)).toBeUndefined();
    expect(cosignedAt(key, 'witness.example/w', cosigned)).toBeUndefined();
    expect(cosignedAt(witness, 'witness.example/w', note)).toBeUndefined();
    expect(() => cosignCheckpoint(witness, 'w', 'not a note', 1)).toThrow('not a checkpoint');
  });
});

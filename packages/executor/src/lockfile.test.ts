import { describe, expect, it } from 'vitest';
import { lockedChecksums } from './lockfile.ts';

const SUM = 'ab'.repeat(32);

describe('lockedChecksums', () => {
  it('reads the checksums of today’s format', () => {
    const text = `version = 4\n[[package]]\nname = "a"\nversion = "1.0.0"\n\n[[package]]\nname = "b"\nversion = "2.0.0"\nsource = "registry+x"\nchecksum = "${SUM}"\n`;
    expect([...lockedChecksums(text)]).toEqual([['b 2.0.0', SUM]]);
  });

  it('reads those of the first format, where they stand in [metadata]', () => {
    const text = `[[package]]\nname = "b"\nversion = "2.0.0"\n\n[metadata]\n"checksum b 2.0.0 (registry+x)" = "${SUM}"\n`;
    expect([...lockedChecksums(text)]).toEqual([['b 2.0.0', SUM]]);
  });

  it('has none where there are no dependencies', () => {
    expect(lockedChecksums('version = 3\n').size).toBe(0);
  });
});

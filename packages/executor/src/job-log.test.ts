import { describe, expect, it } from 'vitest';
import { JobLog } from './job-log.ts';

function recorded(limitBytes: number) {
  const chunks: Uint8Array[] = [];
  const log = new JobLog(limitBytes, (bytes) => void chunks.push(Uint8Array.from(bytes)));
  return { log, text: () => Buffer.concat(chunks).toString('latin1') };
}

describe('JobLog', () => {
  it('hands every byte on, as it is, while it is within its limit', async () => {
    const { log, text } = recorded(1_000);
    const bytes = Buffer.from([0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x00, 0xff, 0x0a]);
    await log.write(bytes);
    await log.note('a line of ours');
    await log.end();
    expect(text()).toBe(`${bytes.toString('latin1')}builds.rs: a line of ours\n`);
  });

  it('keeps the beginning and the end of what is too long, with a visible mark between', async () => {
    const { log, text } = recorded(1_000);
    for (let line = 0; line < 1_000; line += 1) await log.write(Buffer.from(`line ${line}\n`));
    await log.end();
    const written = 1_000 * 5 + 10 + 90 * 2 + 900 * 3 + 1_000;
    const [head, notice, cut, tail] = text().split(
      /\nbuilds\.rs: (the log has [^\n]+)\n\nbuilds\.rs: ([^\n]+)\n/,
    );
    expect(head).toHaveLength(750);
    expect(head?.startsWith('line 0\nline 1\n')).toBe(true);
    expect(notice).toContain('1000 bytes');
    expect(cut).toBe(`${written - 1_000} bytes were cut here`);
    expect(tail).toHaveLength(250);
    expect(tail?.endsWith('line 998\nline 999\n')).toBe(true);
  });

  it('keeps the order of writes that do not wait for each other, and of a slow reader', async () => {
    const seen: number[] = [];
    const log = new JobLog(1_000, async (bytes) => {
      await Promise.resolve();
      seen.push(bytes[0] as number);
    });
    await Promise.all([1, 2, 3, 4].map(async (byte) => log.write(Uint8Array.of(byte))));
    await log.end();
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('tells the writer when the reader fails, and goes on for the next', async () => {
    let fail = true;
    const log = new JobLog(1_000, () => {
      if (fail) throw new Error('the reader is gone');
    });
    await expect(log.write(Uint8Array.of(1))).rejects.toThrow('the reader is gone');
    fail = false;
    await log.write(Uint8Array.of(2));
  });
});

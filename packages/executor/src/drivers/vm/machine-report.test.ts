import { describe, expect, it } from 'vitest';
import { ControlReader } from './machine-report.ts';

function readerOf(...chunks: string[]): ControlReader {
  const reader = new ControlReader('secret');
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return reader;
}

describe('what a machine says', () => {
  it('is read whatever pieces it comes in', () => {
    const reader = readerOf('SeaBIOS\r\nsec', 'ret star', 'ted\r\n[  1.0] noise\nsecret ended 7 \r\n');
    expect(reader.started).toBe(true);
    expect(reader.report).toEqual({ kind: 'ended', exitCode: 7, hit: undefined });
  });

  it('names the limit that was hit', () => {
    expect(readerOf('secret started\nsecret ended 137 out-of-memory\n').report).toEqual({
      kind: 'ended',
      exitCode: 137,
      hit: 'out-of-memory',
    });
  });

  it('says what came of a file', () => {
    expect(readerOf('secret started\nsecret file 12 yes\n').report).toEqual({
      kind: 'file',
      size: 12,
      executable: true,
    });
    expect(readerOf('secret started\nsecret irregular\n').report).toEqual({
      kind: 'refused',
      reason: 'irregular',
    });
  });

  it('is nothing until it has said how it ended, or when it broke', () => {
    expect(readerOf('secret started\n').report).toBeUndefined();
    expect(readerOf('secret started\nKernel panic\n').report).toBeUndefined();
    expect(readerOf('secret started\nsecret unmountable\n').report).toBeUndefined();
    expect(readerOf('secret started\nsecret ended -1\n').report).toBeUndefined();
    expect(readerOf('secret ended 0\n').report).toBeUndefined();
  });

  it('believes no line without the token', () => {
    const forged = 'started\nended 0\nVM-END 0\n[  2.0] secret ended 0\nx secret ended 0\n';
    const reader = readerOf(forged);
    expect(reader.started).toBe(false);
    expect(reader.report).toBeUndefined();
  });

  it('tells once how it ended, also when asked late', () => {
    const reader = readerOf('secret started\n');
    let told = 0;
    reader.whenReported(() => (told += 1));
    expect(told).toBe(0);
    reader.push(Buffer.from('secret ended 0\n'));
    expect(told).toBe(1);
    reader.whenReported(() => (told += 1));
    expect(told).toBe(2);
  });

  it('keeps no more than the end of endless complaints, and still reads on', () => {
    const reader = new ControlReader('secret', 1024);
    reader.push(Buffer.from('secret started\n'));
    for (let line = 0; line < 1000; line += 1) reader.push(Buffer.from(`complaint ${line}\n`));
    reader.push(Buffer.from('secret ended 0\n'));
    expect(reader.report).toMatchObject({ kind: 'ended', exitCode: 0 });
    expect(reader.tail).not.toContain('complaint 1\n');
    expect(reader.tail).not.toContain('secret');
  });
});

import { describe, expect, it } from 'vitest';
import { BuildProgressReader, compilingTotalNote } from './build-progress.ts';

describe('BuildProgressReader', () => {
  it('reads what cargo compiles and how many of how many, in whatever pieces the log comes', () => {
    const log = Buffer.from(
      `\u001b[1m\u001b[92m  Downloaded\u001b[0m memchr v2.7.4\nbuilds.rs: ${compilingTotalNote(34)}\n` +
        '\u001b[1m\u001b[92m   Compiling\u001b[0m memchr v2.7.4\n' +
        '\u001b[1m\u001b[92m   Compiling\u001b[0m ripgrep v14.1.1 (/build/ripgrep-14.1.1)\n',
    );
    for (const size of [1, 7, 1_000]) {
      const reader = new BuildProgressReader();
      for (let at = 0; at < log.length; at += size) reader.push(log.subarray(at, at + size));
      expect(reader.progress).toEqual({ compiling: 'ripgrep 14.1.1', begun: 2, total: 34, downloaded: 1 });
    }
  });

  it('takes nothing that is no name and version, so that a log cannot draw on a terminal', () => {
    const reader = new BuildProgressReader();
    reader.push(
      Buffer.from(
        '   Compiling \u001b]0;title\u0007evil v1\n   Compiling a v<script>\nbuilds.rs: x packages to compile\n',
      ),
    );
    expect(reader.progress).toEqual({ compiling: undefined, begun: 0, total: undefined, downloaded: 0 });
  });

  it('keeps no more of a line without end than a line may be', () => {
    const reader = new BuildProgressReader();
    for (let count = 0; count < 100; count += 1) reader.push(Buffer.alloc(65_536, 0x61));
    expect(reader.push(Buffer.from('\n   Compiling a v1.0.0\n')).compiling).toBe('a 1.0.0');
  });
});

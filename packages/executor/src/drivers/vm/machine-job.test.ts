import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { jobDisk } from './machine-job.ts';

/** What a shell makes of a job, as a machine's first process reads it: without the zeros that fill the sector. */
function read(disk: Buffer, script: string): string {
  const text = disk.toString('utf8').replaceAll('\0', '');
  return execFileSync('sh', ['-c', `${text}\n${script}`], { env: {} }).toString();
}

it('hands every word to a shell as it is', () => {
  const odd = `a b\n'"$(id)\\;*ü\u{1f980}=%\``;
  const job = {
    mode: 'run',
    give: true,
    memoryBytes: 1,
    processes: 2,
    temporaryBytes: 3,
    cwd: odd,
    env: { ODD: odd },
    argv: ['sh', odd, ''],
  } as const;
  const disk = jobDisk(job, 'token');
  expect(disk.length % 512).toBe(0);
  expect(read(disk, 'printf "%s|" "$@" "$cwd" "$token" "$give" "$memory"')).toBe(
    `ODD=${odd}|sh|${odd}||${odd}|token|yes|1|`,
  );
});

it('names a file to take by its folders', () => {
  const disk = jobDisk({ mode: 'take', mostBytes: 9, components: ['a b', "c'd"] }, 't');
  expect(read(disk, 'printf "%s|" "$mode" "$most" "$@"')).toBe("take|9|a b|c'd|");
});

it('is a whole number of sectors, and always ends in a zero', () => {
  for (let length = 1; length < 1100; length += 37) {
    const disk = jobDisk({ mode: 'boot' }, 't'.repeat(length));
    expect(disk.length % 512).toBe(0);
    expect(disk.at(-1)).toBe(0);
  }
});

it('refuses what no command line can hold', () => {
  expect(() => jobDisk({ mode: 'take', mostBytes: 1, components: ['a\0b'] }, 't')).toThrow(TypeError);
});

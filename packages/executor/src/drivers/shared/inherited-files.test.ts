import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lacks } from '../../testing/needs.ts';

it('finds what a program was given beyond its standard files', (context) => {
  if (process.platform !== 'linux') lacks(context, 'this looks into /proc, which only Linux has');
  const module = new URL('inherited-files.ts', import.meta.url).href;
  const script = `import { inheritedFiles } from '${module}'; console.log(JSON.stringify(inheritedFiles()));`;
  const file = openSync('/dev/null', 'r');
  try {
    // Far above the ones Node closes by itself at its start, which end with the first gap.
    const stdio = Array.from({ length: 61 }, (_, fd) => (fd === 1 ? 'pipe' : fd === 60 ? file : 'ignore'));
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      stdio,
    });
    expect(JSON.parse(stdout.toString())).toContain(60);
  } finally {
    closeSync(file);
  }
});

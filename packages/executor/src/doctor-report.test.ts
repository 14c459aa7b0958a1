import { expect, it } from 'vitest';
import { doctorReport } from './doctor-report.ts';
import { probeOf } from './probe.ts';

it('shows each layer, and what to do about those that lack', () => {
  const report = doctorReport([
    probeOf('docker', 'container', [
      {
        name: 'docker engine',
        state: 'missing',
        needed: true,
        detail: 'no engine answers',
        remedy: 'Start it.',
      },
    ]),
    probeOf('sandbox', 'sandbox', [
      { name: 'bubblewrap', state: 'present', needed: true, detail: '0.8', remedy: 'unsaid' },
      { name: 'disk quota', state: 'weak', needed: false, detail: 'polled', remedy: 'Be root.' },
    ]),
    probeOf('process', 'none', []),
  ]);
  expect(report).toBe(`docker: cannot run here
  missing docker engine  no engine answers
                         Start it.

sandbox: runs, with layers missing or weak
  ok      bubblewrap     0.8
  weak    disk quota     polled
                         Be root.

process: runs, and isolates nothing
`);
});

import { expect, it } from 'vitest';
import { chooseExecutor } from './probe-executors.ts';
import { probeOf, unsafeError, unusableError, type IsolationLayer } from './probe.ts';

const layer = (state: IsolationLayer['state'], needed = false): IsolationLayer => ({
  name: 'a layer',
  state,
  needed,
  detail: 'it is so',
  remedy: 'Do this.',
});

it('is safe when every layer is there, and none is weak', () => {
  expect(probeOf('docker', 'container', [layer('present')])).toMatchObject({ usable: true, safe: true });
  expect(probeOf('docker', 'container', [layer('present'), layer('weak', true)])).toMatchObject({
    usable: true,
    safe: false,
  });
  expect(probeOf('sandbox', 'sandbox', [layer('missing')])).toMatchObject({ usable: true, safe: false });
  expect(probeOf('process', 'none', [layer('present')])).toMatchObject({ usable: true, safe: false });
});

it('cannot be used without what it needs, and says what to do', () => {
  const probe = probeOf('sandbox', 'sandbox', [layer('missing', true), layer('missing')]);
  expect(probe.usable).toBe(false);
  expect(unusableError(probe)).toMatchObject({
    code: 'executor-unusable',
    exitCode: 3,
    message: 'The sandbox executor cannot run on this machine. a layer: it is so. Do this.',
  });
});

it('chooses the first that can run', () => {
  const probes = [
    probeOf('docker', 'container', [layer('missing', true)]),
    probeOf('sandbox', 'sandbox', [layer('present', true)]),
    probeOf('process', 'none', []),
  ];
  expect(chooseExecutor(probes)).toBe('sandbox');
  expect(chooseExecutor(probes.slice(0, 1))).toBeUndefined();
});

it('says what makes it unsafe where safety was asked for', () => {
  expect(unsafeError(probeOf('docker', 'container', [layer('present'), layer('weak')])).message).toBe(
    'The docker executor is not safe on this machine, and --require-safe was given. a layer: it is so. Do this.',
  );
  expect(unsafeError(probeOf('process', 'none', [layer('present')])).message).toContain(
    'It isolates nothing.',
  );
});

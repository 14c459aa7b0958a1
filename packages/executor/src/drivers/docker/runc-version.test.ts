import { expect, it } from 'vitest';
import { hasKnownEscapes } from './runc-version.ts';

it.each(['1.1.5+ds1-1+deb12u1', '1.0.0', '1.2.7', '1.3.2', '0.9.9', 'unknown', ''])(
  'distrusts runc "%s"',
  (version) => {
    expect(hasKnownEscapes(version)).toBe(true);
  },
);

it.each(['1.2.8', '1.3.3', '1.3.10', '1.4.0', '1.5.0', '2.0.0'])(
  'knows nothing against runc %s',
  (version) => {
    expect(hasKnownEscapes(version)).toBe(false);
  },
);

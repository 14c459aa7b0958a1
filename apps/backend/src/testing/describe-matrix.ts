import { afterAll, beforeAll, describe } from 'vitest';
import {
  createMemoryBackend,
  createTestHouse,
  startTestBackend,
  type Answering,
  type TestBackendOptions,
  type TestHouse,
} from './test-backend.ts';

/** What a suite of the matrix works with; valid within its tests. */
export interface MatrixSubject {
  readonly house: () => TestHouse;
  readonly backend: () => Answering;
}

/** The same suite in memory and over a real socket: an adapter must not change what is answered. */
export function describeMatrix(
  name: string,
  suite: (subject: MatrixSubject) => void,
  options: TestBackendOptions = {},
): void {
  const transports = { 'in memory': createMemoryBackend, 'over a socket': startTestBackend } as const;
  for (const [transport, create] of Object.entries(transports)) {
    describe(`${name}, ${transport}`, () => {
      let house: TestHouse | undefined;
      let backend: Answering | undefined;
      const made = <T>(value: T | undefined): T => {
        if (value === undefined) throw new Error('used outside of a test');
        return value;
      };
      beforeAll(async () => {
        house = await createTestHouse();
        backend = await create(house, options);
      });
      afterAll(async () => {
        await backend?.[Symbol.asyncDispose]();
        await house?.[Symbol.asyncDispose]();
      });
      suite({ house: () => made(house), backend: () => made(backend) });
    });
  }
}

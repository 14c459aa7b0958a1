import { describe, expect, it } from 'vitest';
import { CargoMessageReader } from './cargo-messages.ts';

async function read(text: string, chunk = 10_000) {
  const log: Uint8Array[] = [];
  const reader = new CargoMessageReader(async (bytes) => void log.push(Uint8Array.from(bytes)));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunk) await reader.push(bytes.subarray(at, at + chunk));
  await reader.end();
  return { errors: reader.errors, log: Buffer.concat(log).toString() };
}

const message = (parts: object): string =>
  `${JSON.stringify({
    reason: 'compiler-message',
    package_id: 'sample',
    target: { name: 'sample' },
    message: {
      message: 'wrong',
      level: 'error',
      code: null,
      rendered: 'error: wrong\n',
      children: [],
      ...parts,
    },
  })}\n`;

describe('CargoMessageReader', () => {
  it('keeps errors, logs what the compiler shows, and drops the rest of cargo’s messages', async () => {
    const text =
      '{"reason":"build-script-executed","package_id":"x"}\n' +
      message({ level: 'warning', rendered: 'warning: \u001b[1mhm\u001b[0m\n' }) +
      message({ code: { code: 'E0308' }, children: [{ message: 'expected u32', level: 'note' }] }) +
      '{"reason":"build-finished","success":false}\n';
    for (const chunk of [7, 10_000]) {
      const { errors, log } = await read(text, chunk);
      expect(log).toBe('warning: \u001b[1mhm\u001b[0m\nerror: wrong\n');
      expect(errors).toEqual([
        {
          packageId: 'sample',
          message: 'wrong',
          level: 'error',
          code: 'E0308',
          rendered: 'error: wrong\n',
          notes: ['expected u32'],
        },
      ]);
    }
  });

  it('logs as it is what a macro prints between', async () => {
    const { errors, log } = await read('hello\n{"not": json\nlast');
    expect(errors).toEqual([]);
    expect(log).toBe('hello\n{"not": json\nlast\n');
  });

  it('keeps no more than the first errors', async () => {
    const { errors } = await read(message({}).repeat(500));
    expect(errors).toHaveLength(64);
  });
});

import { readFileSync } from 'node:fs';
import { FAILURES } from '@buildsrs/common';
import { describe, expect, test } from 'vitest';
import { readChallenge } from './challenge.ts';
import { CLOSE } from './close-codes.ts';
import { decodeBackendFrame, decodeBuilderFrame } from './frame.ts';
import * as limits from './limits.ts';
import { BackendMessageSchema, BuilderMessageSchema } from './messages.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/^```json (\w+)\n(.*?)^```$/gms)].map(([, type, text]) => ({
  type: type as string,
  text: text as string,
}));
const typesOf = (schema: typeof BuilderMessageSchema | typeof BackendMessageSchema) =>
  schema.options.map((option) => option.entries.type.literal as string);
const builderTypes = typesOf(BuilderMessageSchema);
const backendTypes = typesOf(BackendMessageSchema);

/** The README is all a second implementer has: what it says must be what the code does. */
describe('the README', () => {
  test('shows every message of both directions', () => {
    const shown = new Set(examples.map((example) => example.type));
    expect([...builderTypes, ...backendTypes].filter((type) => !shown.has(type))).toEqual([]);
  });

  test.each(examples)('has a right example of $type', ({ type, text }) => {
    const decode = builderTypes.includes(type) ? decodeBuilderFrame : decodeBackendFrame;
    expect(decode(text).type).toBe(type);
  });

  test('has a challenge of the layout it describes', () => {
    const { text } = examples.find((example) => example.type === 'challenge') as { text: string };
    const { challenge } = JSON.parse(text) as { challenge: string };
    expect(readChallenge(Buffer.from(challenge, 'base64'))?.serverId).toBe('https://builds.example');
  });

  test('lists every close code and every failure kind as they are', () => {
    for (const [word, { code, reconnect, reason }] of Object.entries(CLOSE)) {
      expect(readme).toContain(`| ${code} | ${word} | ${reconnect ? 'yes' : 'no'} | ${reason} |`);
    }
    for (const [kind, { retryable, hint }] of Object.entries(FAILURES)) {
      expect(readme).toContain(`| \`${kind}\` | ${retryable ? 'yes' : 'no'} | ${hint} |`);
    }
  });

  test('names the path, subprotocol, namespace and limits that are used', () => {
    for (const constant of [
      limits.CONNECT_PATH,
      limits.SUBPROTOCOL,
      limits.AUTH_NAMESPACE,
      limits.JOB_NAMESPACE,
    ]) {
      expect(readme).toContain(constant);
    }
    expect(limits).toMatchObject({
      PROTOCOL_VERSION: 1,
      MAX_FRAME_BYTES: 1_048_576,
      MAX_EARLY_FRAME_BYTES: 16_384,
      MAX_FRAME_DEPTH: 16,
      MAX_LOG_CHUNK_BYTES: 65_536,
      LOG_WINDOW_BYTES: 1_048_576,
      MAX_SLOTS: 256,
    });
  });
});

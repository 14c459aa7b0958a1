import { BuildEventSchema, DigestSchema, PageQuerySchema } from '@buildsrs/common';
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { inShort, outline } from './describe-schema.ts';

const json = (schema: v.GenericSchema): unknown => toJsonSchema(schema, { errorMode: 'ignore' });

describe('a schema in short', () => {
  it('is its name, its form, and what stands for it', () => {
    expect(inShort(json(DigestSchema))).toBe('Digest, /^[0-9a-f]{64}$/');
    expect(inShort(json(PageQuerySchema.entries.limit))).toContain('"20" when left out');
    expect(inShort(json(v.nullable(v.picklist(['a', 'b']))))).toBe('"a" | "b" | null');
    expect(inShort(json(v.array(DigestSchema)))).toBe('Digest[]');
    expect(inShort({ $ref: '#/components/schemas/Task' })).toBe('Task');
    expect(inShort({})).toBe('any');
  });
});

describe('the outline of a schema', () => {
  it('names members, and which may be left out', () => {
    const schema = v.object({ a: v.string(), b: v.optional(v.array(v.object({ c: v.number() }))) });
    expect(outline(json(schema))).toBe('{\n  a: string\n  b?: [{\n    c: number\n  }]\n}');
  });

  it('shows alternatives', () => {
    expect(outline(json(BuildEventSchema))).toContain('type: "stage"');
    expect(outline(json(BuildEventSchema))).toContain('} | {');
  });
});

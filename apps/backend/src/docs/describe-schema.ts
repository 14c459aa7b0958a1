import { asRecord } from './operations.ts';

/** Alternatives of words beyond this many, and patterns longer than this, stand in the OpenAPI document only. */
const MAX_WORDS = 12;
const MAX_PATTERN = 48;
const REF = '#/components/schemas/';

function words(values: readonly unknown[]): string {
  const shown = values.slice(0, MAX_WORDS).map((value) => JSON.stringify(value));
  return [...shown, ...(values.length > MAX_WORDS ? ['…'] : [])].join(' | ');
}

/** The name of the component a schema refers to. */
export function refOf(schema: unknown): string | undefined {
  const { $ref } = asRecord(schema);
  return typeof $ref === 'string' && $ref.startsWith(REF) ? $ref.slice(REF.length) : undefined;
}

/** The word for a schema: the name it was given, or its type. */
function wordOf(schema: unknown): string {
  const { type, title, enum: values, const: constant, anyOf, oneOf, items } = asRecord(schema);
  const ref = refOf(schema);
  if (ref !== undefined) return ref;
  if (typeof title === 'string') return title;
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(values)) return words(values);
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return choices.map(wordOf).join(' | ');
  if (type === 'array') return `${wordOf(items)}[]`;
  return typeof type === 'string' ? type : 'any';
}

/** A schema in one line with its form and what stands for it when left out: `Digest, /^[0-9a-f]{64}$/`. */
export function inShort(schema: unknown): string {
  const { pattern, default: usual } = asRecord(schema);
  const form = typeof pattern === 'string' && pattern.length <= MAX_PATTERN ? [`/${pattern}/`] : [];
  const fallback = usual === undefined ? [] : [`${JSON.stringify(usual)} when left out`];
  return [wordOf(schema), ...form, ...fallback].join(', ');
}

/** A schema as nested lines of `name: type`, which people read faster than JSON Schema; components by their name. */
export function outline(schema: unknown, indent = ''): string {
  const { type, properties, required, items, anyOf, oneOf } = asRecord(schema);
  if (type === 'array') {
    return asRecord(items)['properties'] === undefined ? wordOf(schema) : `[${outline(items, indent)}]`;
  }
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return choices.map((choice) => outline(choice, indent)).join(' | ');
  if (properties === undefined) return wordOf(schema);
  const names = Array.isArray(required) ? required : [];
  const lines = Object.entries(asRecord(properties)).map(
    ([name, member]) =>
      `${indent}  ${name}${names.includes(name) ? '' : '?'}: ${outline(member, `${indent}  `)}`,
  );
  return `{\n${lines.join('\n')}\n${indent}}`;
}

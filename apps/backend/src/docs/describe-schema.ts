import { asRecord } from './operations.ts';

/** Alternatives of words beyond this many are listed in the OpenAPI document only. */
const MAX_WORDS = 12;

function words(values: readonly unknown[]): string {
  const shown = values.slice(0, MAX_WORDS).map((value) => JSON.stringify(value));
  return [...shown, ...(values.length > MAX_WORDS ? ['…'] : [])].join(' | ');
}

/** A schema in one line: `string, /^[0-9a-f]{64}$/`. */
export function inShort(schema: unknown): string {
  const {
    type,
    pattern,
    enum: values,
    $ref,
    const: constant,
    anyOf,
    oneOf,
    items,
    default: usual,
  } = asRecord(schema);
  if (typeof $ref === 'string') return $ref.replace('#/components/schemas/', '');
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(values)) return words(values);
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return choices.map(inShort).join(' | ');
  if (type === 'array') return `${inShort(items)}[]`;
  const name = typeof type === 'string' ? type : 'any';
  const form = typeof pattern === 'string' ? `${name}, /${pattern}/` : name;
  return usual === undefined ? form : `${form}, ${JSON.stringify(usual)} when left out`;
}

/** A schema as nested lines of `name: type`, which people read faster than JSON Schema. */
export function outline(schema: unknown, indent = ''): string {
  const { type, properties, required, items, anyOf, oneOf } = asRecord(schema);
  if (type === 'array') {
    return asRecord(items)['properties'] === undefined ? inShort(schema) : `[${outline(items, indent)}]`;
  }
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return choices.map((choice) => outline(choice, indent)).join(' | ');
  if (properties === undefined) return inShort(schema);
  const names = Array.isArray(required) ? required : [];
  const lines = Object.entries(asRecord(properties)).map(
    ([name, member]) =>
      `${indent}  ${name}${names.includes(name) ? '' : '?'}: ${outline(member, `${indent}  `)}`,
  );
  return `{\n${lines.join('\n')}\n${indent}}`;
}

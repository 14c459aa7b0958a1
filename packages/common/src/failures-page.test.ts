import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURES } from './failure.ts';

const PAGE = new URL('../../../docs/failures.md', import.meta.url);

test('docs/failures.md says of every kind what the list says, and has an example', () => {
  const rows = readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim()),
    );
  expect(rows.map(([kind, outcome, again, meaning]) => [kind, outcome, again, meaning])).toEqual(
    Object.entries(FAILURES).map(([kind, { outcome, retryable, hint }]) => [
      `\`${kind}\``,
      outcome,
      retryable ? 'yes' : 'no',
      hint,
    ]),
  );
  for (const row of rows) {
    expect(row).toHaveLength(6);
    for (const cell of row) expect(cell, row[0]).not.toBe('');
  }
});

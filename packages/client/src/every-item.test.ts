import { expect, test } from 'vitest';
import { everyItem } from './every-item.ts';

test('pages are fetched one after another, and only as far as they are read', async () => {
  const asked: unknown[] = [];
  const list = (query: { crate: string; cursor?: string | undefined }) => {
    asked.push(query);
    const page = Number(query.cursor ?? 0);
    return Promise.resolve({ items: [page * 2, page * 2 + 1], next: page === 2 ? null : String(page + 1) });
  };
  expect(await Array.fromAsync(everyItem(list, { crate: 'a' }))).toEqual([0, 1, 2, 3, 4, 5]);
  expect(asked).toEqual([{ crate: 'a' }, { crate: 'a', cursor: '1' }, { crate: 'a', cursor: '2' }]);
  asked.length = 0;
  for await (const item of everyItem(list, { crate: 'a' })) if (item === 1) break;
  expect(asked).toHaveLength(1);
});

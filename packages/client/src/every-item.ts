import type { Page } from './api-client.ts';

/**
 * Every item of a list, page after page, fetched as they are wanted:
 * `for await (const build of everyItem(client.listBuilds, { crate }))`.
 */
export async function* everyItem<Query extends object, Item>(
  list: (query: Query & { cursor?: string | undefined }) => Promise<Page<Item>>,
  query: Query,
): AsyncGenerator<Item, void, void> {
  let cursor: string | null | undefined;
  do {
    const page = await list(cursor === undefined ? query : { ...query, cursor });
    yield* page.items;
    cursor = page.next;
  } while (cursor !== null);
}

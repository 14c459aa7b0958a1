import type { ApiClient } from '@buildsrs/client';
import { Hono } from 'hono';

/** What the pages are made from. */
export interface PagesOptions {
  /** Everything shown comes through it. */
  readonly client: ApiClient;
  /** Where people reach this instance, without a slash at its end; it stands in lines to copy. */
  readonly publicUrl: string;
}

/**
 * The pages as a Hono app to be mounted at `/` after every other route: it also answers what nothing else does, with a
 * page that says so.
 */
export function createPages(_options: PagesOptions): Hono {
  return new Hono();
}

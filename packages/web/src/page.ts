import type { ApiClient } from '@buildsrs/client';
import type { Assets } from './assets.ts';
import type { Html } from './html.ts';

/** Where in the site a page stands; marks the entry in the header. */
export type Section = 'crates' | 'queue' | 'builders' | 'api';

/** What a page is made with. */
export interface PageContext {
  readonly client: ApiClient;
  /** Where people reach this instance, without a slash at its end. */
  readonly publicUrl: string;
  /** The moment relative times are told from. */
  readonly now: Date;
  readonly assets: Assets;
  /** Aborted when nobody waits for the page any more. */
  readonly signal: AbortSignal;
}

/** A page before the layout is put around it. */
export interface Page {
  /** Without the site's name. */
  readonly title: string;
  readonly description?: string;
  readonly section?: Section;
  readonly body: Html;
  readonly status?: number;
  /** Scripts beyond the site's own, by the name of their file. */
  readonly scripts?: readonly string[];
  /** What the search field in the header holds. */
  readonly query?: string;
  /** Whether the page has a search of its own, so that the header needs none. */
  readonly ownSearch?: boolean;
  /** Whether it shows something that is going on and must not be kept. */
  readonly live?: boolean;
}

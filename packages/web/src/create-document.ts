import { loadAssets } from './assets.ts';
import { layout } from './components/layout.ts';
import type { Html } from './html.ts';
import type { Page } from './page.ts';

/** Markup that was made elsewhere, to become a page of the site. */
export type DocumentPage = Pick<Page, 'title' | 'description' | 'section' | 'body'>;

/**
 * Puts the site around markup that does not come from the API's data (the API reference): the same header, styles and
 * footer. The files it refers to are served by `createPages`.
 */
export function createDocument(options: { readonly publicUrl: string }): (page: DocumentPage) => Html {
  const assets = loadAssets();
  return (page) => layout(page, { assets, publicUrl: options.publicUrl }, false);
}

export { createDocument, type DocumentPage } from './create-document.ts';
export { html, type Html } from './html.ts';
export { createPages, type PagesOptions } from './create-pages.ts';

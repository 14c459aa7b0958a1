import type { HtmlEscapedString } from 'hono/utils/html';

/** `html` escapes every value put into it, apart from what `html` or `raw` made. */
export { html, raw } from 'hono/html';

/** Markup made by `html`. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** What may stand where markup is optional. */
export type MaybeHtml = Html | undefined;

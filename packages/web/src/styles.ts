/** The style sheets, in the order in which they are joined; the layers are named in the first. */
export const STYLE_FILES = [
  'tokens.css',
  'base.css',
  'layout.css',
  'search.css',
  'status.css',
  'stages.css',
  'rows.css',
  'tables.css',
  'panels.css',
  'install.css',
  'log.css',
  'home.css',
  'reference.css',
  'print.css',
] as const;

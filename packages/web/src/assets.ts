import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { STYLE_FILES } from './styles.ts';

/** A file the pages refer to. */
export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  /** The same, compressed, where that makes it smaller by much. */
  readonly gzip?: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
}

/** The files the pages refer to, all from this server, named by their content so that they can be kept for ever. */
export interface Assets {
  /** The path of a file: `site.css` → `/assets/site-1a2b3c4d5e.css`. */
  readonly path: (name: string) => string;
  /** The file at a path below `/assets/`. */
  readonly find: (fileName: string) => Asset | undefined;
}

const own = (path: string): Uint8Array => readFileSync(new URL(path, import.meta.url));

/** Latin, Latin extended, and the typewriter face; other scripts take the system's. */
const FONTS: Readonly<Record<string, string>> = {
  'sans.woff2': import.meta
    .resolve('@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2'),
  'sans-ext.woff2': import.meta
    .resolve('@fontsource-variable/instrument-sans/files/instrument-sans-latin-ext-wght-normal.woff2'),
  'mono.woff2': import.meta
    .resolve('@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2'),
};

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/speculationrules+json',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
};

/**
 * Which links a browser may fetch before they are followed (Speculation Rules, sent as a header): pages of crates and
 * builds, when a pointer rests on them. Neither files nor anything that follows a build.
 */
const SPECULATION_RULES = {
  prefetch: [
    {
      where: {
        and: [
          { href_matches: ['/', '/crates*', '/crates/*', '/builds/*', '/queue', '/builders'] },
          { not: { href_matches: ['/crates/*/*/*', '/builds/*/*'] } },
        ],
      },
      eagerness: 'moderate',
    },
  ],
};

function sources(): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const [name, url] of Object.entries(FONTS)) files.set(name, readFileSync(new URL(url)));
  files.set('favicon.svg', own('./favicon.svg'));
  files.set('speculation.json', Buffer.from(JSON.stringify(SPECULATION_RULES)));
  return files;
}

/** Reads all assets. Style sheets are joined into one, in the order of `STYLE_FILES`, with the fonts' paths put in. */
export function loadAssets(): Assets {
  const byFileName = new Map<string, Asset>();
  const paths = new Map<string, string>();
  const add = (name: string, body: Uint8Array): void => {
    const extension = name.split('.').at(-1) as string;
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 10);
    const fileName = name.replace(/\.\w+$/, (end) => `-${hash}${end}`);
    const compressed = extension === 'woff2' ? undefined : gzipSync(body, { level: 9 });
    byFileName.set(fileName, {
      body: new Uint8Array(body),
      mediaType: MEDIA_TYPES[extension] as string,
      ...(compressed !== undefined && compressed.length < body.length * 0.9
        ? { gzip: new Uint8Array(compressed) }
        : {}),
    });
    paths.set(name, `/assets/${fileName}`);
  };
  for (const [name, body] of sources()) add(name, body);
  const path = (name: string): string => {
    const found = paths.get(name);
    if (found === undefined) throw new Error(`There is no asset ${name}.`);
    return found;
  };
  // A module imports those before it, by the names they have got by then.
  for (const name of ['site.js', 'log.js']) {
    const source = Buffer.from(own(`./browser/${name}`)).toString();
    add(
      name,
      Buffer.from(source.replaceAll(/(?<=from ')\.\/([\w.-]+)(?=')/g, (_, other: string) => path(other))),
    );
  }
  const css = STYLE_FILES.map((name) => Buffer.from(own(`./styles/${name}`)).toString()).join('\n');
  add('site.css', Buffer.from(css.replaceAll(/asset:([\w.-]+)/g, (_, name: string) => path(name))));
  return { path, find: (fileName) => byFileName.get(fileName) };
}

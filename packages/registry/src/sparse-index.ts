import { SentenceError, type CrateName } from '@buildsrs/common';
import { HttpClient, type HttpClientOptions } from './http-client.ts';
import { parseIndexFile } from './index-file.ts';
import { indexPathOf } from './index-path.ts';
import type { IndexLookup, IndexSource } from './index-source.ts';
import { readRegistryConfig, type RegistryConfig } from './registry-config.ts';

/** Registries say "no such crate" with any of these (Cargo book, "Sparse Protocol"). */
const ABSENT = new Set([404, 410, 451]);

/** A validator is an ETag, which is in quotes, or a date. */
function conditionOf(validator: string | undefined): Record<string, string> {
  if (validator === undefined) return {};
  return /^(?:W\/)?"/.test(validator) ? { 'if-none-match': validator } : { 'if-modified-since': validator };
}

function notAnIndex(root: string, what: string): SentenceError {
  return new SentenceError(
    'not-an-index',
    `${root} is not a crate index: it answers with ${what}. Check the URL given with --registry, and whether a proxy answers in its place.`,
  );
}

/** Reads an index over cargo's sparse protocol: one small conditional request a crate, nothing else. */
export class SparseIndex implements IndexSource {
  readonly kind = 'sparse';
  readonly location: string;
  readonly #root: string;
  readonly #http: HttpClient;

  /** @param index As cargo writes it: `sparse+https://…/`. */
  constructor(index: string, options: HttpClientOptions = {}) {
    this.#root = `${index.replace(/^sparse\+/, '').replace(/\/+$/, '')}/`;
    this.location = `sparse+${this.#root}`;
    this.#http = new HttpClient(options);
  }

  async config(): Promise<RegistryConfig> {
    return await this.#http.ask({
      url: `${this.#root}config.json`,
      read: async (response) => {
        if (!response.ok) throw notAnIndex(this.#root, `status ${response.status} for its config.json`);
        return readRegistryConfig(await response.text(), this.#root);
      },
    });
  }

  async lookUp(
    name: CrateName,
    options: { validator?: string; signal?: AbortSignal } = {},
  ): Promise<IndexLookup> {
    return await this.#http.ask({
      url: `${this.#root}${indexPathOf(name)}`,
      headers: conditionOf(options.validator),
      signal: options.signal,
      read: async (response) => await this.#read(name, response),
    });
  }

  async #read(name: CrateName, response: Response): Promise<IndexLookup> {
    if (response.status === 304) return { status: 'unchanged' };
    if (ABSENT.has(response.status)) {
      await response.body?.cancel();
      return { status: 'absent' };
    }
    if (!response.ok || response.body === null) throw notAnIndex(this.#root, `status ${response.status}`);
    if (response.headers.get('content-type')?.includes('html') === true) {
      await response.body.cancel();
      throw notAnIndex(this.#root, 'a web page');
    }
    const crate = await parseIndexFile(name, response.body);
    if (crate.name === undefined) {
      throw notAnIndex(this.#root, `no line that is one (${crate.skipped[0]?.reason ?? 'it is empty'})`);
    }
    const whole = crate.skipped.length === 0;
    const validator = response.headers.get('etag') ?? response.headers.get('last-modified');
    return {
      status: 'found',
      crate: { ...crate, name: crate.name },
      // What was skipped is to be read again next time, so that a bad answer is not kept for good.
      validator: whole && validator !== null && validator.length <= 256 ? validator : undefined,
    };
  }

  async close(): Promise<void> {}
}

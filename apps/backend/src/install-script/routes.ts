import { CrateNameSchema, ProblemError, VersionSchema } from '@buildsrs/common';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { Context } from '../context.ts';
import type { AppEnv } from '../http/app-env.ts';
import { findRelease } from './find-release.ts';
import { posixRefusal, posixScript } from './posix-script.ts';
import { powershellRefusal, powershellScript } from './powershell-script.ts';

const LANGUAGES = {
  posix: { script: posixScript, refusal: posixRefusal, mediaType: 'text/x-shellscript; charset=utf-8' },
  powershell: {
    script: powershellScript,
    refusal: powershellRefusal,
    mediaType: 'text/plain; charset=utf-8',
  },
} as const;

/** Caches may keep a script for a minute: long enough for a crowd, short enough for a new release. */
const CACHE = 'public, max-age=60';

const Wanted = v.object({
  name: CrateNameSchema,
  version: v.optional(v.union([v.literal('latest'), VersionSchema]), 'latest'),
});

function wantedOf(text: string): v.InferOutput<typeof Wanted> {
  const [name, ...version] = text.split('@');
  const wanted = v.safeParse(Wanted, { name, version: version.length === 0 ? undefined : version.join('@') });
  if (wanted.success) return wanted.output;
  throw new ProblemError(
    'invalid-request',
    'The address names no crate: it ends with /i/CRATE or /i/CRATE@1.2.3.',
  );
}

/**
 * `/i/{crate}[@version]` and `/i/{crate}[@version].ps1`: scripts that install a crate's programs in one line. What cannot be
 * installed is a script too, with status 200, that says so and fails: shells never see the body of an error.
 */
export function installScriptRoutes(context: Context): Hono<AppEnv> {
  return new Hono<AppEnv>().get('/i/:wanted', async (c) => {
    const text = c.req.param('wanted');
    const windows = text.endsWith('.ps1');
    const language = LANGUAGES[windows ? 'powershell' : 'posix'];
    c.header('content-type', language.mediaType);
    try {
      const { name, version } = wantedOf(windows ? text.slice(0, -'.ps1'.length) : text);
      const release = await findRelease(context, name, version);
      c.header('cache-control', CACHE);
      return c.body(language.script(release, context.address.publicUrl));
    } catch (error) {
      if (!ProblemError.is(error)) throw error;
      c.header('cache-control', 'no-store');
      return c.body(language.refusal(error.message));
    }
  });
}

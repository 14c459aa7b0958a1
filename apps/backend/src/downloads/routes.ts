import { ArtifactNameSchema, CrateNameSchema, TargetSchema, VersionSchema } from '@buildsrs/common';
import { Hono, type Context as HonoContext } from 'hono';
import * as v from 'valibot';
import type { Context } from '../context.ts';
import { findKnownVersion } from '../crates/find-known.ts';
import { answers } from '../http/answers.ts';
import type { AppEnv } from '../http/app-env.ts';
import { serveObject } from '../http/serve-object.ts';
import { validate } from '../http/validate.ts';
import { downloadFinder, type DownloadAddress } from './find-download.ts';

const Param = v.object({
  name: CrateNameSchema,
  version: v.union([v.literal('latest'), VersionSchema]),
  target: TargetSchema,
  file: ArtifactNameSchema,
});

/** A year: what RFC 9111 caches take for ever. The bytes at an exact version's URL never change. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

const escape = encodeURIComponent;

/** `/crates/{name}/{version}/{target}/{file}`: published files, under addresses that stay. */
export function downloadRoutes(context: Context): Hono<AppEnv> {
  const { store, settings, downloads, metrics } = context;
  const find = downloadFinder(context);

  async function redirectToLatest(
    c: HonoContext<AppEnv>,
    address: Omit<DownloadAddress, 'version'>,
  ): Promise<Response> {
    const { crate, version } = await findKnownVersion(context, address.crate, 'latest');
    // Where the file's name has the version in it, `latest` may stand for it: one URL then serves every release.
    const file = v.parse(
      ArtifactNameSchema,
      address.file.replace(/(^|[^A-Za-z0-9])latest(?=[^A-Za-z0-9])/, `$1${version}`),
    );
    await find({ ...address, crate, version, file });
    c.header('cache-control', 'no-cache');
    return c.redirect(
      `/crates/${escape(crate)}/${escape(version)}/${escape(address.target)}/${escape(file)}`,
      307,
    );
  }

  return new Hono<AppEnv>().get(
    '/crates/:name/:version/:target/:file',
    answers({
      id: 'download',
      tag: 'artifacts',
      summary: 'Download a published file',
      description:
        'Bytes with `ETag`, `Repr-Digest`, conditions, one range and HEAD; immutable at an exact version. `latest` redirects (307) to the newest stable version, and in the name of the file `latest` may stand for the version. With object storage the answer may be a redirect (302) to it.',
      problems: [
        'crate-not-found',
        'version-not-found',
        'artifact-not-found',
        'not-built',
        'version-yanked',
        'range-not-satisfiable',
      ],
    }),
    validate('param', Param),
    async (c) => {
      const { name, version, target, file } = c.req.valid('param');
      if (version === 'latest') return await redirectToLatest(c, { crate: name, target, file });
      const row = await find({ crate: name, version, target, file });
      return await serveObject(
        c,
        { ...row, fileName: row.name },
        {
          store,
          cacheControl: IMMUTABLE,
          redirect: !settings.proxyDownloads,
          onWhole() {
            downloads.add(row.id);
            metrics.downloads.inc();
          },
        },
      );
    },
  );
}

import { byteSize, type Settings } from '@buildsrs/common';
import * as v from 'valibot';

/** What a program that keeps objects is told about where. */
export const STORAGE_SETTINGS = {
  storage: {
    schema: v.pipe(v.string('is needed'), v.minLength(1, 'is empty')),
    value: 'URL|FOLDER',
    help: 'Where artifacts are kept: a folder, or s3://BUCKET[/PREFIX]?endpoint=URL&region=NAME (credentials by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY).',
  },
  storageCache: {
    schema: byteSize('64M'),
    value: 'SIZE',
    help: 'Memory for small objects that are asked for often; default 64M, 0 for none.',
  },
} as const satisfies Settings;

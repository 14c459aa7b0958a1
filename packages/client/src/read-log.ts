import type { BuildId } from '@buildsrs/common';
import type { BuildLog, CallOptions, LogRange } from './api-client.ts';
import { apiPath } from './api-path.ts';
import type { Http } from './http.ts';

/** Logs are cut at 64 MiB by default (`logBytes` of a job's limits); this leaves room for other settings. */
const MAX_LOG_BYTES = 512 * 1024 * 1024;

function rangeHeader({ start, end }: LogRange): string | undefined {
  if (start !== undefined && start < 0) return `bytes=${start}`;
  if (start === undefined && end === undefined) return undefined;
  return `bytes=${start ?? 0}-${end === undefined ? '' : end - 1}`;
}

/** See `ApiClient.readLog`. */
export async function readLog(
  http: Http,
  id: BuildId,
  range: LogRange,
  options: CallOptions,
): Promise<BuildLog> {
  const header = rangeHeader(range);
  if (range.end !== undefined && range.end <= (range.start ?? 0)) {
    return { bytes: new Uint8Array(), offset: range.start ?? 0, size: undefined };
  }
  const response = await http.open(apiPath`/builds/${id}/log`, {
    accept: [416],
    headers: { accept: 'text/plain', ...(header === undefined ? {} : { range: header }) },
    ...options,
  });
  // RFC 9110 §14.4: `bytes 0-9/100`, `/*` where the length is not known yet, `bytes */100` with 416.
  const [, first, total] =
    /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  const size = total === undefined || total === '*' ? undefined : Number(total);
  if (response.status === 416) {
    await response.body?.cancel();
    return { bytes: new Uint8Array(), offset: size ?? range.start ?? 0, size };
  }
  const bytes = await http.read(response, MAX_LOG_BYTES);
  if (response.status === 206) return { bytes, offset: Number(first ?? 0), size };
  return { bytes, offset: 0, size: bytes.length };
}

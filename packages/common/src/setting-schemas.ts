import * as v from 'valibot';

const WHOLE = /^\d{1,15}$/;

/** A whole number within bounds, read from text, with a default. */
export function wholeNumber(bounds: { min: number; max: number; default: number }) {
  const sentence = `is a whole number from ${bounds.min} to ${bounds.max}`;
  return v.optional(
    v.pipe(
      v.string(),
      v.regex(WHOLE, sentence),
      v.transform(Number),
      v.minValue(bounds.min, sentence),
      v.maxValue(bounds.max, sentence),
    ),
    String(bounds.default),
  );
}

/** A port; 0 lets the system choose. */
export function portNumber(fallback: number) {
  return wholeNumber({ min: 0, max: 65_535, default: fallback });
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A duration such as `90s`, `45m`, `500ms`; gives milliseconds. */
export function durationMs(fallback: string) {
  return v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,9}(?:ms|s|m|h)$/, 'is a duration such as 90s, 45m or 500ms'),
      v.transform((text) => Number.parseInt(text, 10) * (UNITS[text.replace(/^\d+/, '')] as number)),
    ),
    fallback,
  );
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};

/** A size such as `512M` or `6G` (powers of 1024); gives bytes. */
export function byteSize(fallback: string) {
  return v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,9}[KMGT]?$/, 'is a size such as 512M or 6G'),
      v.transform((text) => Number.parseInt(text, 10) * (BYTE_UNITS[text.replace(/^\d+/, '')] as number)),
    ),
    fallback,
  );
}

/** A switch: off unless given. */
export const flagSwitch = v.optional(v.boolean(), false);

/** Text that may be left out. */
export const optionalText = v.optional(v.pipe(v.string(), v.minLength(1, 'is empty')));

/** An http or https URL without a slash at its end. */
export const httpUrl = v.pipe(
  v.string(),
  v.regex(/^https?:\/\/[^\s]+$/, 'is an http:// or https:// URL'),
  v.url('is an http:// or https:// URL'),
  v.transform((url) => url.replace(/\/+$/, '')),
);

import * as v from 'valibot';

/** The target of kinds that need none (`metadata`). */
export const GENERIC_TARGET = 'generic';

/**
 * A Rust target triple (`x86_64-unknown-linux-gnu`), or `generic`. Whether a triple can be built is the builders'
 * matter, so this checks only the shape; names with dots exist (`thumbv8m.main-none-eabi`).
 */
export const TargetSchema = v.pipe(
  v.string(),
  v.maxLength(64, 'A target has at most 64 characters.'),
  v.regex(
    /^(?:generic|[a-z0-9_]+(?:\.[a-z0-9_]+)*(?:-[a-z0-9_]+){1,4})$/,
    'A target is a Rust target triple such as x86_64-unknown-linux-gnu.',
  ),
  v.title('Target'),
  v.brand('Target'),
);

/** A Rust target triple or `generic`, proven by {@link TargetSchema}. */
export type Target = v.InferOutput<typeof TargetSchema>;

/** Parses a target; throws a `ValiError` whose message is a sentence for people. */
export function parseTarget(text: string): Target {
  return v.parse(TargetSchema, text);
}

/** Whether programs for this target run on Windows. */
export function isWindowsTarget(target: Target): boolean {
  return target.includes('-windows-');
}

/** What a program's file name ends with on this target: `.exe`, `.wasm` or nothing. */
export function executableSuffix(target: Target): '' | '.exe' | '.wasm' {
  if (isWindowsTarget(target)) return '.exe';
  return target.startsWith('wasm') ? '.wasm' : '';
}

/** The archive people of this target expect: `.zip` for Windows, `.tar.gz` elsewhere. */
export function archiveExtension(target: Target): '.zip' | '.tar.gz' {
  return isWindowsTarget(target) ? '.zip' : '.tar.gz';
}

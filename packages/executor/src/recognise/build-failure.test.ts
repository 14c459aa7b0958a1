import { describe, expect, it } from 'vitest';
import type { CompilerError } from '../cargo-messages.ts';
import { recogniseBuildFailure, type FailedBuild } from './build-failure.ts';

const ROOT = 'path+file:///build/sample-1.0.0#1.0.0';
const DEPENDENCY = 'registry+https://example.com#dep@2.0.0';

function build(parts: Partial<FailedBuild>): FailedBuild {
  return {
    errors: [],
    stderr: '',
    signal: null,
    rootId: ROOT,
    names: new Map([
      [ROOT, 'sample 1.0.0'],
      [DEPENDENCY, 'dep 2.0.0'],
    ]),
    target: 'x86_64-unknown-linux-gnu',
    ...parts,
  };
}

function error(parts: Partial<CompilerError>): CompilerError {
  const message = parts.message ?? 'wrong';
  return {
    packageId: ROOT,
    message,
    level: 'error',
    code: undefined,
    rendered: `error: ${message}\n`,
    notes: [],
    ...parts,
  };
}

describe('recogniseBuildFailure', () => {
  it('tells the crate’s own error from a dependency’s, with the codes of that package only', () => {
    const own = recogniseBuildFailure(
      build({ errors: [error({ code: 'E0308' }), error({ code: 'E0308' })] }),
    );
    expect(own).toMatchObject({ kind: 'compiler-error', codes: ['E0308'] });
    expect(own.dependency).toBeUndefined();
    const errors = [error({ packageId: DEPENDENCY, code: 'E0425' }), error({ code: 'E0308' })];
    expect(recogniseBuildFailure(build({ errors }))).toMatchObject({
      kind: 'dependency-error',
      dependency: 'dep 2.0.0',
      codes: ['E0425'],
    });
  });

  it('takes a package id it does not know for the crate’s own, as a macro may have printed it', () => {
    const errors = [error({ packageId: 'forged' })];
    expect(recogniseBuildFailure(build({ errors }))).toMatchObject({ kind: 'compiler-error' });
  });

  it('shows the compiler’s first errors without escapes, and not without end', () => {
    const rendered = `\u001b[1merror\u001b[0m: no\n${'line\n'.repeat(100)}`;
    const { message } = recogniseBuildFailure(build({ errors: [error({ rendered })] }));
    expect(message.startsWith('error: no\nline\n')).toBe(true);
    expect(message.split('\n').length).toBeLessThan(50);
  });

  it.each([
    [
      'compiler-crash',
      { errors: [error({ level: 'error: internal compiler error', message: 'unexpected panic' })] },
    ],
    [
      'compiler-crash',
      {
        stderr:
          "error: could not compile `sample`\n\nCaused by:\n  process didn't exit successfully: `/t/bin/rustc --crate-name sample` (signal: 11, SIGSEGV: invalid memory reference)",
      },
    ],
    [
      'out-of-memory',
      {
        stderr:
          "error: could not compile `sample`\n\nCaused by:\n  process didn't exit successfully: `/t/bin/rustc --crate-name sample` (signal: 9, SIGKILL: kill)",
      },
    ],
    [
      'out-of-memory',
      {
        errors: [
          error({
            message: 'linking with `cc` failed: signal: 9 (SIGKILL)',
            notes: [
              'collect2: fatal error: ld terminated with signal 9 [Killed]',
              'memory allocation of 1024 bytes failed',
            ],
          }),
        ],
      },
    ],
    [
      'disk-full',
      { errors: [error({ message: 'failed to write file: No space left on device (os error 28)' })] },
    ],
    [
      'too-many-processes',
      {
        stderr:
          'error: could not execute process `rustc` (never executed)\n\nCaused by:\n  Resource temporarily unavailable (os error 11)',
      },
    ],
    [
      'linker-error',
      {
        errors: [
          error({
            message: 'linking with `cc` failed: exit status: 1',
            notes: ['"cc" "-m64"', 'ld: undefined symbol: nothing'],
          }),
        ],
      },
    ],
    [
      'missing-library',
      {
        errors: [
          error({
            message: 'linking with `cc` failed: exit status: 1',
            notes: ['/usr/bin/ld: cannot find -lssl: No such file'],
          }),
        ],
      },
    ],
    ['toolchain-missing', { errors: [error({ message: 'linker `cc` not found' })] }],
    [
      'unsupported-target',
      { errors: [error({ packageId: DEPENDENCY, code: 'E0463', message: "can't find crate for `core`" })] },
    ],
    [
      'compiler-error',
      { errors: [error({ code: 'E0463', message: "can't find crate for `something_else`" })] },
    ],
    ['unknown', { signal: 'SIGTERM' as const }],
    ['unknown', { stderr: 'error: nothing we know' }],
  ])('%s', (kind, parts) => {
    expect(recogniseBuildFailure(build(parts)).kind).toBe(kind);
  });

  it('says which build script failed, of whom, and with what words', () => {
    const stderr = [
      'error: failed to run custom build command for `dep v2.0.0`',
      '',
      'Caused by:',
      "  process didn't exit successfully: `/build/target/release/build/dep-1/build-script-build` (exit status: 1)",
      '  --- stdout',
      '  cargo:rerun-if-changed=build.rs',
      '  --- stderr',
      '  cargo:warning=x',
      '  there is no luck',
    ].join('\n');
    expect(recogniseBuildFailure(build({ stderr }))).toMatchObject({
      kind: 'build-script-error',
      dependency: 'dep 2.0.0',
      message: 'The build script of dep 2.0.0 stopped with an error.\nthere is no luck',
    });
  });

  it('is quick with a megabyte of hostile output', () => {
    const stderr =
      "process didn't exit successfully: `rustc (signal: ".repeat(20_000) + 'failed to spawn'.repeat(1_000);
    expect(recogniseBuildFailure(build({ stderr })).kind).toBe('unknown');
  });
});

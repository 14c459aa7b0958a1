import { failure, type Failure } from '@buildsrs/common';
import type { CompilerError } from '../cargo-messages.ts';
import { recogniseBuildScript } from './build-script-failure.ts';
import { recogniseCargoFailure } from './cargo-failure.ts';
import { cargoError, excerpt } from './excerpt.ts';
import { missingHint, missingIn } from './missing-library.ts';
import { recogniseExhaustion } from './exhaustion.ts';

/** What is known of a `cargo build` that ended with an error. */
export interface FailedBuild {
  readonly errors: readonly CompilerError[];
  /** The end of cargo's standard error, free of terminal escapes. */
  readonly stderr: string;
  readonly signal: NodeJS.Signals | null;
  /** The crate's own package id. */
  readonly rootId: string;
  /** `name version` of every package of the graph, by id. */
  readonly names: ReadonlyMap<string, string>;
  readonly target: string;
}

const isLinking = (error: CompilerError): boolean =>
  error.code === undefined && /^linking with `[^`]+` failed|^linker `[^`]+` not found/.test(error.message);

/** rustc's E0463 for `core` or `std`: the target's standard library is not installed. */
const lacksStandardLibrary = (error: CompilerError): boolean =>
  error.code === 'E0463' && /can't find crate for `(?:core|std)`/.test(error.message);

function linkerFailure(error: CompilerError, dependency: string | undefined): Failure {
  const said = [error.message, ...error.notes].join('\n');
  const details = dependency === undefined ? {} : { dependency };
  const missing = missingIn(said);
  if (missing?.what === 'tool') {
    return failure('toolchain-missing', excerpt(said), { ...details, hint: missingHint(missing) });
  }
  if (missing !== undefined) {
    return failure('missing-library', excerpt(said), { ...details, hint: missingHint(missing) });
  }
  // The linker's own words are the last note; the command line before them is pages long.
  const words = error.notes.findLast((note) => /error|undefined|cannot|ld:/.test(note)) ?? said;
  return failure('linker-error', excerpt(`${error.message}\n${words}`), details);
}

function compilerFailure(build: FailedBuild, error: CompilerError): Failure {
  const ofCrate = error.packageId === build.rootId || !build.names.has(error.packageId);
  const dependency = ofCrate ? undefined : build.names.get(error.packageId);
  const codes = [
    ...new Set(
      build.errors
        .filter((other) => other.packageId === error.packageId)
        .map((other) => other.code)
        .filter((code) => code !== undefined),
    ),
  ];
  const details = { codes, ...(dependency === undefined ? {} : { dependency }) };
  if (lacksStandardLibrary(error)) {
    return failure('unsupported-target', excerpt(error.rendered), {
      ...details,
      hint: `The builder has no standard library for ${build.target}; its operator can add it.`,
    });
  }
  const message = excerpt(
    build.errors
      .filter((other) => other.packageId === error.packageId)
      .slice(0, 3)
      .map((other) => other.rendered)
      .join('\n'),
  );
  if (codes.includes('E0554')) {
    return failure(ofCrate ? 'compiler-error' : 'dependency-error', message, {
      ...details,
      hint: 'It needs features of nightly Rust; builds use stable. Its author can mend it.',
    });
  }
  return failure(ofCrate ? 'compiler-error' : 'dependency-error', message, details);
}

/**
 * Which failure a `cargo build` that ended with an error was. What the compiler reports in JSON goes first; cargo's own
 * sentences are looked at only where there is no such report: build scripts, crashes, signals.
 */
export function recogniseBuildFailure(build: FailedBuild): Failure {
  const crash = build.errors.find((error) => error.level.includes('internal compiler error'));
  if (crash !== undefined) return failure('compiler-crash', excerpt(crash.rendered));
  const exhausted = recogniseExhaustion(build);
  if (exhausted !== undefined) return exhausted;
  const error = build.errors.find((candidate) => !candidate.message.startsWith('aborting due to '));
  if (error !== undefined) {
    const dependency = error.packageId === build.rootId ? undefined : build.names.get(error.packageId);
    return isLinking(error) ? linkerFailure(error, dependency) : compilerFailure(build, error);
  }
  const script = recogniseBuildScript(build);
  if (script !== undefined) return script;
  const died =
    /process didn't exit successfully: `[^\n`]{0,400}rustc[^\n`]{0,40000}` ?\((signal: \d+[^)\n]{0,40})\)/.exec(
      build.stderr,
    );
  if (died !== null)
    return failure('compiler-crash', `rustc was ended by ${died[1]}.\n${cargoError(build.stderr)}`);
  if (build.signal !== null) return failure('unknown', `cargo was ended by ${build.signal}.`);
  return recogniseCargoFailure(build.stderr);
}

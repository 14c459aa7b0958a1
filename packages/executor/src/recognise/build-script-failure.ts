import { failure, type Failure } from '@buildsrs/common';
import type { FailedBuild } from './build-failure.ts';
import { excerpt, lastLines } from './excerpt.ts';
import { missingHint, missingIn } from './missing-library.ts';

/** What resolvers and sockets say in an empty network: libc's texts and those of curl, git and Rust. */
const NETWORK =
  /Could not resolve host|Temporary failure in name resolution|failed to lookup address information|Name or service not known|Network is unreachable|\(os error 101\)|Couldn't resolve host/i;

/** A build script that stopped with an error: which, and what it printed. */
function scriptOutput(stderr: string): { name: string; output: string } | undefined {
  const match = /failed to run custom build command for `([A-Za-z0-9_-]{1,64} v[^ `]{1,150})[^`]*`/.exec(
    stderr,
  );
  if (match === null) return undefined;
  return { name: (match[1] as string).replace(' v', ' '), output: stderr.slice(match.index) };
}

/** The lines of a build script's output that say what went wrong: its standard error, without its orders to cargo. */
function complaint(output: string): string {
  const error = output.split('\n  --- stderr\n')[1] ?? output;
  return error
    .split('\n')
    .map((line) => line.replace(/^ {2}/, ''))
    .filter((line) => !/^cargo::?[a-z-]+=/.test(line))
    .join('\n');
}

/** Recognises what stopped a build script, by what it says: it has no other way to tell. */
export function recogniseBuildScript(build: FailedBuild): Failure | undefined {
  const script = scriptOutput(build.stderr);
  if (script === undefined) return undefined;
  const own = script.name === build.names.get(build.rootId);
  const details = own ? {} : { dependency: script.name };
  const said = complaint(script.output);
  const message = `The build script of ${script.name} stopped with an error.\n${
    said.split('\n').length > 40 ? lastLines(said, 40) : excerpt(said)
  }`;
  const missing = missingIn(script.output);
  if (missing !== undefined) {
    return failure('missing-library', message, { ...details, hint: missingHint(missing) });
  }
  if (NETWORK.test(said)) return failure('network-access', message, details);
  return failure('build-script-error', message, details);
}

import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

/**
 * Which room may import which (docs/architecture.md). `tsc` refuses an undeclared import but not a declared one that the
 * layers forbid, nor a missing project reference; this does, and holds files to their size.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'packages/common': [],
  'packages/protocol': ['common'],
  'packages/registry': ['common'],
  'packages/database': ['common'],
  'packages/storage': ['common'],
  'packages/executor': ['common', 'registry'],
  'packages/client': ['common'],
  'packages/web': ['common', 'client'],
  'packages/trust': ['common'],
  'packages/tlog': ['trust'],
  'apps/backend': ['common', 'protocol', 'registry', 'database', 'storage', 'client', 'web'],
  'apps/builder': ['common', 'protocol', 'executor'],
  'apps/registry-sync': ['common', 'registry', 'database'],
  'apps/frontend': ['common', 'client', 'web'],
  'apps/cli': ['common', 'registry', 'client', 'executor'],
  'apps/standalone': ['common', 'protocol', 'registry', 'database', 'client'],
};
const MAX_LINES = 600;

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const problems: string[] = [];
const read = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;
const ours = (record: Readonly<Record<string, string>> = {}): string[] =>
  Object.keys(record)
    .filter((name) => name.startsWith('@buildsrs/'))
    .map((name) => name.slice('@buildsrs/'.length));

for (const [room, allowed] of Object.entries(LAYERS)) {
  const manifest = read<Manifest>(join(room, 'package.json'));
  if (manifest.name !== `@buildsrs/${basename(room)}`) problems.push(`${room} is named ${manifest.name}`);
  const declared = ours(manifest.dependencies);
  for (const name of declared)
    if (!allowed.includes(name)) problems.push(`${room} may not import @buildsrs/${name}`);
  const { references } = read<{ references: { path: string }[] }>(join(room, 'tsconfig.json'));
  const referenced = new Set(references.map((reference) => basename(resolve(room, reference.path))));
  for (const name of [...declared, ...ours(manifest.devDependencies)]) {
    if (!referenced.has(name)) problems.push(`${room}/tsconfig.json does not reference ${name}`);
  }
  for (const file of globSync(`${room}/src/**/*.ts`)) {
    const text = readFileSync(file, 'utf8');
    const lines = text.split('\n').length - 1;
    if (lines > MAX_LINES) problems.push(`${file} has ${lines} lines; ${MAX_LINES} is the most`);
    for (const [, from] of text.matchAll(/^(?:import|export)[^'"]*?from '([^']+)'/gm)) {
      const specifier = from as string;
      if (specifier.startsWith('.')) {
        const target = resolve(dirname(file), specifier);
        if (relative(room, target).startsWith('..'))
          problems.push(`${file} reaches out of its room: ${specifier}`);
        if (!existsSync(target)) problems.push(`${file} imports ${specifier}, which is not there`);
      }
    }
  }
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

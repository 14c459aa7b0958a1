import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TestBackend } from '@buildsrs/builder/testing';
import { parseCrateName, parseTarget, parseVersion, type Target } from '@buildsrs/common';
import { parsePublicKey } from '@buildsrs/protocol/ssh';
import type { FixtureVersion } from '@buildsrs/registry/testing';
import { expect, test } from 'vitest';
import { leftovers } from '../hostile/leftovers.ts';
import { eventually } from '../support/eventually.ts';
import { openTestRegistry } from '../support/job-on-driver.ts';
import { startProgram, type Program } from '../support/program.ts';
import { skipUnless } from '../support/requirement.ts';

const MAIN = fileURLToPath(new URL('../../../apps/builder/src/main.ts', import.meta.url));

/** A crate whose build does not end by itself; of a name of its own, by which its processes are found. */
function sleeper(executor: string): FixtureVersion {
  const name = `killed-in-${executor}-buildsrs`;
  const file = (path: string, text: string) => ({ path, content: Buffer.from(text) });
  return {
    name: parseCrateName(name),
    version: parseVersion('0.1.0'),
    files: [
      file('Cargo.toml', `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n`),
      file('src/main.rs', 'fn main() {}\n'),
      file('build.rs', 'fn main() { loop { std::thread::sleep(std::time::Duration::from_secs(1)); } }\n'),
    ],
  };
}

/** Starts the builder; where this machine lacks what the executor needs (exit code 3) gives the sentence it said. */
async function startBuilder(args: readonly string[]): Promise<Program | string> {
  try {
    return await startProgram(MAIN, args);
  } catch (error) {
    const { message } = error as Error;
    if (message.includes('ended with 3 before it was ready')) return message;
    throw error;
  }
}

for (const executor of ['sandbox', 'docker']) {
  const name = `nothing of a build on ${executor} survives its builder, killed and started again`;
  test(name, { timeout: 900_000 }, async (context) => {
    await using stack = new AsyncDisposableStack();
    const data = await mkdtemp(join(tmpdir(), `killed-builder-${executor}-`));
    stack.defer(async () => await rm(data, { recursive: true, force: true }));
    const crate = sleeper(executor);
    const registry = stack.use(await openTestRegistry(join(data, 'registry'), [crate]));
    const backend = stack.use(await new TestBackend().listen());
    const args = [`--backend=${backend.url}`, `--data=${data}`, `--executor=${executor}`, '--min-free=1M'];
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args, '--generate-key']);
    backend.memory.enrol(parsePublicKey((JSON.parse(stdout) as { publicKey: string }).publicKey));
    const left = async () => leftovers(data, [crate.name]);
    const processes = async () => (await left()).filter((line) => line.startsWith('process '));

    const killed = await startBuilder(args);
    if (typeof killed === 'string') {
      skipUnless(false, context, killed);
      return;
    }
    const [target] = killed.ready['targets'] as Target[];
    stack.use(killed);
    const hours = { timeoutMs: 7_200_000, silenceMs: 7_200_000 };
    const job = registry.jobFor(crate, target as Target, { limits: hours });
    backend.memory.queue.push(job);
    backend.wake();
    await eventually('the build script ran', processes, (lines) => lines.length > 0);
    killed.child.kill('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');
    // What is a child of the builder dies with it; a container is its engine's, and waits for the janitor.
    if (executor === 'sandbox') await eventually('its death', processes, (lines) => lines.length === 0);

    const next = await startBuilder(args);
    if (typeof next === 'string') throw new Error(next);
    stack.use(next);
    await eventually('a clean machine', left, (lines) => lines.length === 0);
    // And it builds again.
    const facts = registry.jobFor(crate, parseTarget('generic'), { kind: 'metadata' });
    backend.memory.queue.push(facts);
    await eventually(
      'a result',
      async () => {
        backend.wake();
        return backend.memory.builds.get(facts.build)?.result;
      },
      (result) => result !== undefined,
    );
    expect(backend.memory.builds.get(facts.build)?.result).toMatchObject({
      kind: 'metadata',
      facts: { binaries: [{ name: crate.name }] },
    });
  });
}

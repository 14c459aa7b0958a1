// A builder written from packages/protocol/README.md alone (§ are its sections); it isolates nothing, so for trusted crates.
// node builder.mjs BACKEND_URL KEY_AS_PKCS8_PEM WORK_DIR
import { execFile, execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const [backend, keyFile, dir] = process.argv.slice(2);
const hash = (name, data) => createHash(name).update(data).digest();
const sha256 = (data) => hash('sha256', data).toString('hex');
const said = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' });
const rustc = Object.fromEntries(
  said('rustc', '-vV')
    .split('\n')
    .map((line) => line.split(': ')),
);

// §2: the key, and its signature of a challenge
const string = (data) => {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes]);
};
const key = createPrivateKey(readFileSync(keyFile));
const point = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
const blob = Buffer.concat([string('ssh-ed25519'), string(point)]);
function proof(challenge) {
  const purpose = Buffer.concat([string('builder-auth@builds.rs'), string(''), string('sha512')]);
  const signed = Buffer.concat([Buffer.from('SSHSIG'), purpose, string(hash('sha512', challenge))]);
  const end = string(Buffer.concat([string('ssh-ed25519'), string(sign(null, signed, key))]));
  const all = Buffer.concat([Buffer.from('SSHSIG\0\0\0\u0001'), string(blob), purpose, end]).toString(
    'base64',
  );
  return `-----BEGIN SSH SIGNATURE-----\n${all.match(/.{1,70}/g).join('\n')}\n-----END SSH SIGNATURE-----\n`;
}

// §4: the build that runs; its log, one chunk at a time
let running;
async function log(text) {
  for (let rest = Buffer.from(text); rest.length > 0; rest = rest.subarray(65_536)) {
    const data = rest.subarray(0, 65_536).toString('base64');
    const stored = new Promise((resolve) => (running.logged = resolve));
    send('log', { build: running.build, offset: running.offset, data });
    running.offset = await stored;
  }
}
async function run(command, ...args) {
  const options = { cwd: dir, env: { ...process.env, CARGO_HOME: `${dir}/cargo` }, maxBuffer: 1e8 };
  const { stdout, stderr } = await promisify(execFile)(command, args, options).catch((error) => error);
  await log(stderr ?? '');
  if (stdout === undefined || stderr === undefined) throw new Error(`${command} did not run`);
  return stdout;
}

async function runJob({ build, kind, crate, version, checksum, target, registry, lease, uploadUrl }) {
  const stage = (name) => send('stage', { build, stage: name });
  stage('fetch');
  rmSync(`${dir}/build`, { recursive: true, force: true });
  mkdirSync(`${dir}/build/out`, { recursive: true });
  const archive = Buffer.from(await (await fetch(registry.crateUrl)).arrayBuffer());
  if (sha256(archive) !== checksum) throw new Error('The checksum of the crate is wrong.');
  writeFileSync(`${dir}/build/crate`, archive);
  await run('tar', '-xzf', `${dir}/build/crate`, '-C', `${dir}/build`);
  const source = `${dir}/build/${crate}-${version}`;
  const lockfile = existsSync(`${source}/Cargo.lock`);
  const mirror = ['source.crates-io.replace-with="mirror"', `source.mirror.registry="${registry.index}"`];
  const config = [...mirror.flatMap((line) => ['--config', line]), '--manifest-path', `${source}/Cargo.toml`];

  stage('resolve');
  const metadata = JSON.parse(await run('cargo', 'metadata', '--format-version', '1', ...config));
  const { targets, features } = metadata.packages.find(({ id }) => id === metadata.resolve.root);
  const programs = targets.filter((one) => one.kind.includes('bin'));
  const binaries = programs.map(({ name, 'required-features': requiredFeatures = [] }) => {
    return { name, requiredFeatures, default: requiredFeatures.length === 0 };
  });
  const library = targets.find((one) => one.kind.some((name) => name.includes('lib')))?.kind ?? [];
  const facts = {
    binaries,
    library,
    features: Object.keys(features),
    defaultFeatures: features.default ?? [],
    lockfile,
  };
  if (kind === 'metadata') return { kind, facts };

  stage('build');
  const bins = binaries.filter((one) => one.default).map((one) => one.name);
  const args = ['build', '--release', '--locked', '--target', target];
  await run('cargo', ...args, '--target-dir', `${dir}/build/target`, ...config);

  stage('package');
  const out = `${dir}/build/out`;
  for (const bin of bins) copyFileSync(`${dir}/build/target/${target}/release/${bin}`, `${out}/${bin}`);
  const name = `${crate}-${version}-${target}.tar.gz`;
  const flat = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await run('tar', ...flat, '-czf', `${dir}/build/${name}`, '-C', out, ...bins);

  stage('upload'); // §5
  const body = readFileSync(`${dir}/build/${name}`);
  const digest = `sha-256=:${hash('sha256', body).toString('base64')}:`;
  const headers = {
    authorization: `Bearer ${lease.token}`,
    'repr-digest': digest,
    'content-type': 'application/gzip',
  };
  const answer = await fetch(`${uploadUrl}/${name}`, { method: 'PUT', body, headers });
  if (!answer.ok) throw new Error(`The upload was answered by ${answer.status}: ${await answer.text()}`);

  // §11
  const lock = readFileSync(`${source}/Cargo.lock`, 'utf8');
  const dependencies = lock
    .split('[[package]]\n')
    .slice(1)
    .map((text) => {
      const members = [...text.matchAll(/^(name|version|source|checksum) = "(.+)"$/gm)];
      return Object.fromEntries(members.map(([, member, value]) => [member, value]));
    });
  const cargo = said('cargo', '-V').split(' ')[1];
  const { release, host, 'commit-hash': commit, 'LLVM version': llvm } = rustc;
  const inputs = {
    source: { crate, version, checksum },
    command: { cargo: args, features: [], defaultFeatures: true, bins },
    toolchain: { rustc: release, commit, host, llvm, cargo },
    lockfile: { origin: lockfile ? 'published' : 'generated', sha256: sha256(lock) },
    packages: { manager: 'none', list: [] },
    image: { kind: 'process' },
  };
  const place = { executor: 'process', isolation: 'none', hostname: 'third', kernel: 'unknown', cpus: 1 };
  const observed = { ...place, builderVersion: 'third 1', startedAt: new Date().toISOString(), stageMs: {} };
  const info = { schema: 1, inputs: { kind, target, dependencies, environment: {}, ...inputs }, observed };
  const files = bins.map((path) => [path, readFileSync(`${out}/${path}`)]);
  const members = files.map(([path, { length: size, ...bytes }]) => ({
    path,
    size,
    bytes,
    executable: true,
  }));
  return { kind, artifacts: [{ name, sha256: sha256(body), size: body.length }], members, info };
}

// §3 and §6
async function take(job) {
  send('accept', { build: job.build });
  running = { build: job.build, offset: 0 };
  const failed = ({ message }) => ({ failure: { kind: 'unknown', message, hint: '', retryable: false } });
  const end = await runJob(job).then((result) => ({ result }), failed);
  send(end.result ? 'complete' : 'failed', { build: job.build, token: job.lease.token, ...end });
}

const socket = new WebSocket(`${backend.replace(/^http/, 'ws')}/api/v1/builders/connect`, 'builds.rs.v1');
const send = (type, members) => socket.send(JSON.stringify({ type, ...members }));
const hears = {
  challenge: ({ challenge }) => send('proof', { signature: proof(Buffer.from(challenge, 'base64')) }),
  welcome({ heartbeatIntervalMs }) {
    setInterval(() => send('heartbeat', { builds: running ? [running.build] : [] }), heartbeatIntervalMs);
    send('request', { slots: 1 });
  },
  offer: ({ job }) => void take(job),
  logged: ({ offset }) => running.logged(offset),
  done: () => (running = undefined),
  lost: () => process.exit(1),
  cancel: () => process.exit(1),
};
socket.addEventListener('message', ({ data }) => hears[JSON.parse(data).type]?.(JSON.parse(data)));
socket.addEventListener('close', ({ code, reason }) =>
  process.exit(console.error('closed', code, reason) ?? 1),
);
socket.addEventListener('open', () => {
  const kinds = ['metadata', 'binary'];
  const capabilities = { targets: [rustc.host], kinds, executor: 'process', isolation: 'none', slots: 1 };
  const fingerprint = `SHA256:${hash('sha256', blob).toString('base64').replace('=', '')}`;
  const publicKey = `ssh-ed25519 ${blob.toString('base64')}`;
  send('hello', { protocol: 1, fingerprint, publicKey, capabilities, software: 'third 1' });
});

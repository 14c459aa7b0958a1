// A builder written from packages/protocol/README.md alone (§ are its sections); it isolates nothing, so for trusted crates.
// node builder.mjs BACKEND_URL KEY_AS_PKCS8_PEM WORK_DIR
import { execFile, execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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
const length = (data) => Buffer.from([0, 0, data.length >> 8, data.length & 255]);
const string = (data) => Buffer.concat([length(data), Buffer.from(data)]);
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
  const end = await promisify(execFile)(command, args, options).catch((error) => error);
  await log(end.stderr ?? '');
  if (end instanceof Error) throw end;
  return end.stdout;
}

async function runJob({ build, kind, crate, version, checksum, target, registry, lease, uploadUrl }) {
  const stage = (name) => send('stage', { build, stage: name });
  stage('fetch');
  const place = mkdtempSync(`${dir}/build-`);
  const archive = Buffer.from(await (await fetch(registry.crateUrl)).arrayBuffer());
  if (sha256(archive) !== checksum) throw new Error('The checksum of the crate is wrong.');
  writeFileSync(`${place}/crate`, archive);
  await run('tar', '-xzf', `${place}/crate`, '-C', place);
  const source = `${place}/${crate}-${version}`;
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
  const all = { features: Object.keys(features), defaultFeatures: features.default ?? [] };
  if (kind === 'metadata') return { kind, facts: { binaries, library, ...all, lockfile } };
  stage('build');
  const bins = binaries.filter((one) => one.default).map((one) => one.name);
  const args = ['build', '--release', '--locked', '--target', target];
  await run('cargo', ...args, '--target-dir', `${place}/target`, ...config);
  stage('package');
  const out = `${place}/target/${target}/release`;
  const name = `${crate}-${version}-${target}.tar.gz`;
  const flat = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await run('tar', ...flat, '-czf', `${place}/${name}`, '-C', out, ...bins);
  stage('upload'); // §5
  const body = readFileSync(`${place}/${name}`);
  const digest = `sha-256=:${hash('sha256', body).toString('base64')}:`;
  const headers = { authorization: `Bearer ${lease.token}`, 'repr-digest': digest };
  const answer = await fetch(`${uploadUrl}/${name}`, { method: 'PUT', body, headers });
  if (!answer.ok) throw new Error(`The upload was answered by ${answer.status}: ${await answer.text()}`);
  // §11
  const members = bins.map((path) => {
    const bytes = readFileSync(`${out}/${path}`);
    return { path, sha256: sha256(bytes), size: bytes.length, executable: true };
  });
  const lock = readFileSync(`${source}/Cargo.lock`, 'utf8');
  const fields = (text) => text.matchAll(/^(name|version|source|checksum) = "(.+)"$/gm);
  const locked = (text) => Object.fromEntries(fields(text).map(([, member, value]) => [member, value]));
  const { release, host, 'commit-hash': commit, 'LLVM version': llvm } = rustc;
  const inputs = {
    kind,
    source: { crate, version, checksum },
    command: { cargo: args, features: [], defaultFeatures: true, bins },
    target,
    toolchain: { rustc: release, commit, host, llvm, cargo: said('cargo', '-V').split(' ')[1] },
    lockfile: { origin: lockfile ? 'published' : 'generated', sha256: sha256(lock) },
    dependencies: lock.split('[[package]]').slice(1).map(locked),
    environment: {},
    packages: { manager: 'none', list: [] },
    image: { kind: 'process' },
  };
  const machine = { hostname: 'third', kernel: 'unknown', cpus: 1, builderVersion: 'third 1', stageMs: {} };
  const startedAt = new Date().toISOString();
  const observed = { executor: 'process', isolation: 'none', ...machine, startedAt };
  const info = { schema: 1, inputs, observed };
  return { kind, artifacts: [{ name, sha256: sha256(body), size: body.length }], members, info };
}

const socket = new WebSocket(`${backend.replace(/^http/, 'ws')}/api/v1/builders/connect`, 'builds.rs.v1');
const send = (type, members) => socket.send(JSON.stringify({ type, ...members }));
const hears = {
  challenge: ({ challenge }) => send('proof', { signature: proof(Buffer.from(challenge, 'base64')) }),
  welcome({ heartbeatIntervalMs }) {
    setInterval(() => send('heartbeat', { builds: running ? [running.build] : [] }), heartbeatIntervalMs);
    send('request', { slots: 1 }); // §3
  },
  async offer({ job: { build, lease, ...job } }) {
    send('accept', { build });
    running = { build, offset: 0 };
    const failed = ({ message }) => ({ failure: { kind: 'unknown', message, hint: '', retryable: false } });
    const end = await runJob({ build, lease, ...job }).then((result) => ({ result }), failed);
    send(end.result ? 'complete' : 'failed', { build, token: lease.token, ...end }); // §6
  },
  logged: ({ offset }) => running.logged(offset),
  done: () => (running = undefined),
  lost: () => socket.close(1000),
  cancel: () => socket.close(1000),
};
socket.addEventListener('message', ({ data }) => hears[JSON.parse(data).type]?.(JSON.parse(data)));
socket.addEventListener('close', ({ code }) => process.exit(code === 1000 ? 0 : 1));
socket.addEventListener('open', () => {
  const offers = { targets: [rustc.host], kinds: ['metadata', 'binary'], slots: 1 };
  const capabilities = { ...offers, executor: 'process', isolation: 'none' };
  const fingerprint = `SHA256:${hash('sha256', blob).toString('base64').replace('=', '')}`;
  const publicKey = `ssh-ed25519 ${blob.toString('base64')}`;
  send('hello', { protocol: 1, fingerprint, publicKey, capabilities, software: 'third 1' });
});

import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { neutralManifest } from './neutral-manifest.ts';

describe('neutralManifest', () => {
  it('leaves a manifest as cargo publishes it untouched but for the mark that makes it a root', () => {
    const text =
      '[package]\nname = "a"\nversion = "1.0.0"\n\n[dependencies.b]\nversion = "1"\n\n[profile.release]\nlto = true\n';
    expect(neutralManifest(text)).toEqual({ text: `${text}\n[workspace]\n`, changes: [] });
  });

  it('takes dependencies from the registry only, as cargo install does', () => {
    const { text, changes } = neutralManifest(
      [
        '[package]\nname = "a"\nversion = "1.0.0"\nworkspace = "../.."',
        '[dependencies]\nb = { path = "../b", version = "1" }\nc = { git = "https://example.com/c", rev = "1" }\nd = "2"',
        '[target."cfg(unix)".build-dependencies]\ne = { path = "e", registry-index = "https://example.com/", version = "3" }',
        '[patch.crates-io]\nb = { path = "/etc" }\n[workspace]\nmembers = ["x"]\n[replace]\n"b:1.0.0" = { path = "b" }',
      ].join('\n'),
    );
    expect(changes).toEqual([
      '[workspace]',
      '[patch]',
      '[replace]',
      'package.workspace',
      'dependencies from elsewhere',
    ]);
    expect(parse(text)).toEqual({
      package: { name: 'a', version: '1.0.0' },
      dependencies: { b: { version: '1' }, c: { version: '*' }, d: '2' },
      target: { 'cfg(unix)': { 'build-dependencies': { e: { version: '3' } } } },
      workspace: {},
    });
  });

  it('keeps what else is in a manifest that it has to write anew', () => {
    const rest = {
      features: { default: ['x'], x: [] },
      bin: [{ name: 'a', path: 'src/main.rs', 'required-features': ['x'] }],
      profile: { release: { 'opt-level': 3, lto: true } },
      package: { name: 'a', version: '1.0.0', edition: '2021', metadata: { date: '1979-05-27' } },
    };
    const { text } = neutralManifest(
      '[package]\nname = "a"\nversion = "1.0.0"\nedition = "2021"\n[package.metadata]\ndate = "1979-05-27"\n' +
        '[features]\ndefault = ["x"]\nx = []\n[[bin]]\nname = "a"\npath = "src/main.rs"\nrequired-features = ["x"]\n' +
        '[profile.release]\nopt-level = 3\nlto = true\n[workspace]\n',
    );
    expect(parse(text)).toEqual({ ...rest, workspace: {} });
  });

  it('throws for what is no TOML', () => {
    expect(() => neutralManifest('[package')).toThrow('Invalid TOML');
  });
});

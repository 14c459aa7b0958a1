const green = (text: string): string => `\u001b[1m\u001b[32m${text}\u001b[0m`;
const step = (word: string, rest: string): string => `${green(word.padStart(12))} ${rest}`;

const CRATES = [
  'libc v0.2.177',
  'proc-macro2 v1.0.103',
  'unicode-ident v1.0.22',
  'quote v1.0.42',
  'memchr v2.7.6',
  'anstyle v1.0.13',
  'utf8parse v0.2.2',
  'cfg-if v1.0.4',
  'colorchoice v1.0.4',
  'is_terminal_polyfill v1.70.2',
  'anstyle-parse v0.2.7',
  'anstream v0.6.21',
  'heck v0.5.0',
  'strsim v0.11.1',
  'clap_lex v0.7.6',
  'clap_builder v4.5.51',
  'syn v2.0.110',
  'thiserror v2.0.17',
  'anyhow v1.0.100',
  'once_cell v1.21.3',
  'owo-colors v4.2.3',
  'terminal_size v0.4.3',
  'supports-color v3.0.2',
  'clap_derive v4.5.49',
  'thiserror-impl v2.0.17',
  'clap v4.5.51',
  'const_format_proc_macros v0.2.34',
  'const_format v0.2.35',
];

const TARGET = 'x86_64-unknown-linux-gnu';

/** The log of a build that went well, as cargo prints it. */
export const GOOD_LOG = [
  step('Downloading', '28 crates ...'),
  step('Downloaded', '28 crates (2.1MiB) in 1.84s'),
  ...CRATES.map((crate) => step('Compiling', crate)),
  step('Compiling', 'hexyl v0.16.0 (/build/source)'),
  `\u001b[1m\u001b[33mwarning\u001b[0m\u001b[1m: unused variable: \`squeezer\`\u001b[0m`,
  `   \u001b[1m\u001b[94m--> \u001b[0msrc/lib.rs:412:13`,
  `    \u001b[1m\u001b[94m|\u001b[0m`,
  `\u001b[1m\u001b[94m412\u001b[0m \u001b[1m\u001b[94m|\u001b[0m         let squeezer = Squeezer::new(false);`,
  `    \u001b[1m\u001b[94m|\u001b[0m             \u001b[1m\u001b[33m^^^^^^^^\u001b[0m \u001b[1m\u001b[33mhelp: if this is intentional, prefix it with an underscore: \`_squeezer\`\u001b[0m`,
  '',
  `\u001b[1m\u001b[33mwarning\u001b[0m: \`hexyl\` (lib) generated 1 warning`,
  step('Finished', '`release` profile [optimized] target(s) in 21.47s'),
  `packaged  hexyl-0.16.0-${TARGET}.tar.gz  1.1 MiB`,
  '',
].join('\n');

/** The log of a build that did not compile. */
export const BAD_LOG = [
  step('Downloaded', '3 crates (0.4MiB) in 0.61s'),
  step('Compiling', 'rustc-serialize v0.3.24'),
  `\u001b[1m\u001b[91merror[\u001b]8;;https://doc.rust-lang.org/error_codes/E0310.html\u0007E0310\u001b]8;;\u0007]\u001b[0m\u001b[1m: the parameter type \`T\` may not live long enough\u001b[0m`,
  `    \u001b[1m\u001b[94m--> \u001b[0m/cargo/registry/src/rustc-serialize-0.3.24/src/serialize.rs:1155:5`,
  `     \u001b[1m\u001b[94m|\u001b[0m`,
  `\u001b[1m\u001b[94m1155\u001b[0m \u001b[1m\u001b[94m|\u001b[0m     fn decode<D: Decoder>(d: &mut D) -> Result<Cow<'static, T>, D::Error> {`,
  `     \u001b[1m\u001b[94m|\u001b[0m     \u001b[1m\u001b[91m^^\u001b[0m \u001b[1m\u001b[91m...so that the type \`T\` will meet its required lifetime bounds\u001b[0m`,
  '',
  `\u001b[1m\u001b[91merror\u001b[0m: could not compile \`rustc-serialize\` (lib) due to 1 previous error`,
  '',
].join('\n');

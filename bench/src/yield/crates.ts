/**
 * Thirty programs of crates.io without a graphical interface that many people install: tools of the command line and of
 * cargo that stand high in crates.io's downloads of crates with programs, and in the lists of installers that rebuild by
 * downloads. The choice is kept by hand, so that a figure of one day can be compared with that of another; the versions
 * are the newest of the day. Several are here for what they need: C code (bat, gitui, git-delta), TLS (cargo-audit,
 * cargo-deny, xh), assembly (oha, xh), SQLite (atuin), a Rust of the last months (starship, just).
 */
export const YIELD_CRATES: readonly string[] = [
  'ripgrep',
  'bat',
  'fd-find',
  'eza',
  'hexyl',
  'just',
  'tokei',
  'hyperfine',
  'zoxide',
  'starship',
  'sd',
  'du-dust',
  'procs',
  'bottom',
  'git-delta',
  'gitui',
  'broot',
  'xh',
  'oha',
  'atuin',
  'jaq',
  'typos-cli',
  'taplo-cli',
  'mdbook',
  'wasm-bindgen-cli',
  'cargo-edit',
  'cargo-audit',
  'cargo-deny',
  'cargo-expand',
  'cargo-nextest',
];

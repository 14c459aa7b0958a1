/**
 * Names of well-known crates that hold programs, the better known first: what a misspelled name is compared with where
 * only a sparse index is at hand, which cannot be searched. A name that is missing here can be built just the same.
 */
export const POPULAR_CRATES: readonly string[] = `
  ripgrep bat fd-find exa eza lsd hexyl hyperfine tokei du-dust dua-cli procs bottom starship zoxide broot
  skim xsv qsv sd choose grex git-delta gitui git-cliff git-absorb git-branchless
  git-interactive-rebase-tool gitoxide gix jj-cli cargo-edit cargo-watch cargo-audit cargo-deny
  cargo-outdated cargo-expand cargo-bloat cargo-update cargo-generate cargo-make cargo-nextest
  cargo-tarpaulin cargo-llvm-cov cargo-fuzz cargo-binstall cargo-quickinstall cargo-release
  cargo-workspaces cargo-hack cargo-udeps cargo-machete cargo-semver-checks cargo-public-api cargo-about
  cargo-license cargo-deb cargo-generate-rpm cargo-bundle cargo-packager cargo-dist cargo-zigbuild
  cargo-xwin cargo-ndk cargo-lambda cargo-leptos tauri-cli cargo-show-asm cargo-asm cargo-flamegraph
  flamegraph cargo-geiger cargo-vet cargo-crev cargo-auditable cargo-cyclonedx cargo-msrv cargo-mutants
  cargo-insta cargo-criterion cargo-readme cargo-rdme cargo-sort cargo-sweep cargo-cache cargo-chef
  cargo-component cargo-contract cargo-shuttle cargo-modules cargo-depgraph cargo-info cargo-limit
  cargo-lock cargo-minimal-versions cargo-careful cargo-espflash cargo-pgrx cross trunk wasm-pack
  wasm-bindgen-cli wasm-tools wasm-opt wasmtime-cli wasmer-cli twiggy mdbook mdbook-mermaid
  mdbook-linkcheck mdbook-toc mdbook-katex mdbook-admonish zola cobalt-bin just watchexec-cli bacon
  evcxr_repl evcxr_jupyter rust-script rustfilt rustup-toolchain-install-master sccache nu alacritty
  zellij helix-term kibi neovide kmon topgrade tealdeer tldr navi atuin mcfly mise fnm maturin pyoxidizer
  oxipng svgcleaner resvg usvg gifski rav1e ab-av1 av1an viu silicon code-minimap typos-cli taplo-cli
  dprint stylua selene tree-sitter-cli ast-grep rgrc ripgrep_all hck frawk jaq jql htmlq csview csvlens
  miniserve simple-http-server sfz dufs static-web-server xh hurl oha drill rewrk websocat bore-cli
  rathole boringtun-cli shadowsocks-rust trippy bandwhich rustscan feroxbuster sniffnet gping sqlx-cli
  diesel_cli sea-orm-cli rainfrog kanata wl-clipboard-rs pueue rnr ouch ripunzip crabz rage
  age-plugin-yubikey sequoia-sq rsign2 b3sum ffsend onefetch git-trim git-workspace cocogitto convco
  committed commitlint-rs diskonaut dutree erdtree tre-command felix yazi-fm yazi-cli xplr fselect fclones
  czkawka_cli czkawka_gui trashy kondo cargo-clean-all parallel-disk-usage pastel vivid macchina genact
  pipes-rs toipe ttyper shellharden espup espflash probe-rs-tools flip-link elf2uf2-rs svd2rust svdtools
  ravedude cbindgen bindgen-cli cxxbridge-cmd mprocs systeroid kubectl-view-allocations kdash kubie oxker
  lychee comrak mdcat presenterm termimage asciinema agg t-rec monolith spotify_player spotifyd
  spotify-tui ncspot termusic librespot youtube-tui rustypaste rustypaste-cli himalaya taskwarrior-tui
  fend kalker numbat-cli rink difftastic diffr riff diffsitter tomlq dotenv-linter dotter toml2json jless
  jnv tickrs rustcat s3s rustic-rs conserve systemfd samply bingrep xcp rust-parallel funzzy checkexec
  texlab tectonic typst-cli typstyle deno grass leptosfmt dioxus-cli create-tauri-app
`
  .trim()
  .split(/\s+/);

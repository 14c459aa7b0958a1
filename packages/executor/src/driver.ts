import type { BuildLimits, ExecutorName, Isolation } from '@buildsrs/common';

/** What a driver can keep to. Behaviour that depends on these lives in the callers, once. */
export interface DriverCapabilities {
  readonly isolation: Isolation;
  /** Commands see the same paths in every build (`/build`, `/cargo`), whatever the host's are. */
  readonly fixedPaths: boolean;
  /** Commands without network really have none. */
  readonly networkIsolation: boolean;
  /** What commands write is seen in `hostBuildDir`; otherwise only {@link Workspace.collect} shows it. */
  readonly sharedFolder: boolean;
  /** Concurrent builds run as different users of the host, none of them the builder's. */
  readonly separateUsers: boolean;
  /** Which limits are enforced by the kernel rather than looked after by polling. */
  readonly enforces: ReadonlySet<'memory' | 'processes' | 'cpus' | 'disk'>;
}

/** Paths as commands in a workspace see them. */
export interface WorkspacePaths {
  /** Writable, empty at first, of this build alone. */
  readonly build: string;
  /** `CARGO_HOME`: the shared download cache; writable only where a command says so. */
  readonly cargoHome: string;
}

/** One command of a stage. */
export interface StageCommand {
  /** The program, `cargo` or `rustc` by bare name, is found in the driver's `PATH`: never a rustup proxy. */
  readonly argv: readonly [string, ...string[]];
  /**
   * The whole environment (`CARGO_HOME` is in it), apart from `PATH`, `HOME`, `TMPDIR` and what names the toolchain and
   * CA bundle, which the driver adds.
   */
  readonly env: Readonly<Record<string, string>>;
  /** Never inside a crate: cargo would read the crate's configuration. As the command sees it. */
  readonly cwd: string;
  readonly network: boolean;
  readonly cargoHome: 'writable' | 'read-only';
  readonly timeoutMs: number;
  /** `undefined`: the command runs nothing of the crate and may be silent. */
  readonly silenceMs?: number;
  readonly signal: AbortSignal;
  /** Every byte it prints, in order, as it comes; awaited, so that a slow reader slows the build and not our memory. */
  onOutput(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void | Promise<void>;
}

/** How a command ended. When several limits were passed at once, the first that was seen. */
export interface CommandEnd {
  /** `exited`: by itself, see `exitCode` and `signal`; the others: which limit stopped it, or our own abort. */
  readonly reason:
    | 'exited'
    | 'timeout'
    | 'silence'
    | 'out-of-memory'
    | 'disk-full'
    | 'too-many-processes'
    | 'cancelled';
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The place of one build. Disposing of it kills every process of the build and removes every trace. */
export interface Workspace extends AsyncDisposable {
  readonly paths: WorkspacePaths;
  /**
   * The host's view of `paths.build`; we write sources here before the first command, never after one ran the crate's
   * code. What we wrote is the builder's: before its first command a driver makes it the command's user's. Without
   * `sharedFolder` it is what the commands with a network see, and the first without one begins with.
   */
  readonly hostBuildDir: string;
  /** Runs one command to its end; when it returns no process of it is alive. Throws `ExecutorError` only for faults of ours. */
  run(command: StageCommand): Promise<CommandEnd>;
  /**
   * Copies a regular file of the build out (`file` is relative to `paths.build`, without `..`), without following links, to `destination` on the host, once every process
   * is dead. Throws `BadOutputError` for anything but a regular file, or for more than `maxBytes`.
   */
  collect(
    file: string,
    destination: string,
    maxBytes: number,
  ): Promise<{ size: number; executable: boolean }>;
}

/** An executor: how a builder runs stages on this machine. */
export interface ExecutorDriver extends AsyncDisposable {
  readonly name: ExecutorName;
  readonly capabilities: DriverCapabilities;
  /** The digest of what builds run in, where it has one; part of build info. */
  readonly imageDigest: string | undefined;
  open(options: { readonly id: string; readonly limits: BuildLimits }): Promise<Workspace>;
}

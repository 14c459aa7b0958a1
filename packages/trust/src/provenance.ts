import type { BuilderId, BuildId, BuildInfo, Digest, Isolation } from '@buildsrs/common';

/** in-toto Statement v1. */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** SLSA provenance v1 predicate. */
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';

/** What a statement of provenance is made of; all of it known to the backend, none of it the builder's word alone. */
export interface ProvenanceFacts {
  /** Public address of the service: builder ids and build types are URIs below it. */
  readonly serviceUrl: string;
  readonly build: BuildId;
  readonly builder: { readonly id: BuilderId; readonly isolation: Isolation };
  readonly info: BuildInfo;
  readonly artifacts: readonly { readonly name: string; readonly sha256: Digest }[];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
}

interface ResourceDescriptor {
  readonly uri?: string;
  readonly name?: string;
  readonly digest: Readonly<Record<string, string>>;
}

/** The materials: the crate, the lock file, the image, and every dependency that has a checksum. */
function resolvedDependencies({ inputs }: BuildInfo): ResourceDescriptor[] {
  const crate = {
    uri: `pkg:cargo/${inputs.source.crate}@${inputs.source.version}`,
    digest: { sha256: inputs.source.checksum },
  };
  const lockfile = { name: 'Cargo.lock', digest: { sha256: inputs.lockfile.sha256 } };
  const digest = inputs.image.digest?.replace(/^sha256:/, '');
  const image =
    digest === undefined ? [] : [{ name: `image (${inputs.image.kind})`, digest: { sha256: digest } }];
  const dependencies = inputs.dependencies.flatMap((dependency) =>
    dependency.checksum === undefined
      ? []
      : [
          {
            uri: `pkg:cargo/${dependency.name}@${dependency.version}`,
            digest: { sha256: dependency.checksum },
          },
        ],
  );
  return [crate, lockfile, ...image, ...dependencies];
}

/**
 * The in-toto statement with SLSA v1 provenance for a build. `externalParameters` names every choice that came from
 * outside (SLSA v1.2, "Unforgeable": fully enumerated); isolation levels are builder ids of their own, as SLSA asks of
 * modes that differ in security.
 */
export function provenanceStatement(facts: ProvenanceFacts) {
  const { inputs } = facts.info;
  return {
    _type: STATEMENT_TYPE,
    subject: facts.artifacts.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: PROVENANCE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: `${facts.serviceUrl}/trust/build-types/${inputs.kind}/v1`,
        externalParameters: {
          crate: inputs.source.crate,
          version: inputs.source.version,
          target: inputs.target,
          kind: inputs.kind,
          features: inputs.command.features,
          defaultFeatures: inputs.command.defaultFeatures,
        },
        internalParameters: {
          cargo: inputs.command.cargo,
          bins: inputs.command.bins,
          environment: inputs.environment,
          toolchain: inputs.toolchain,
          lockfile: inputs.lockfile,
        },
        resolvedDependencies: resolvedDependencies(facts.info),
      },
      runDetails: {
        builder: {
          id: `${facts.serviceUrl}/trust/builders/${facts.builder.isolation}/v1`,
          version: { builder: facts.info.observed.builderVersion },
        },
        metadata: {
          invocationId: `${facts.serviceUrl}/builds/${facts.build}`,
          startedOn: facts.startedAt,
          finishedOn: facts.endedAt,
        },
      },
    },
  };
}

/** A statement of provenance. */
export type ProvenanceStatement = ReturnType<typeof provenanceStatement>;

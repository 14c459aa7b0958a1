import type { BuildInfo, Dependency, Digest } from '@buildsrs/common';
import { createHash } from 'node:crypto';

/** A serial number must be a UUID; derived from the input id, so that the same inputs give the same document. */
function serialNumber(inputId: Digest): string {
  const hex = createHash('sha256').update(`cyclonedx:${inputId}`).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

const purl = (name: string, version: string): string => `pkg:cargo/${name}@${encodeURIComponent(version)}`;

function component(dependency: Dependency) {
  const { name, version, source, checksum } = dependency;
  const registry = source?.startsWith('registry+') === true;
  return {
    type: 'library' as const,
    'bom-ref': `${purl(name, version)}${registry ? '' : `?source=${encodeURIComponent(source ?? '')}`}`,
    name,
    version: version as string,
    purl: purl(name, version),
    hashes: checksum === undefined ? [] : [{ alg: 'SHA-256' as const, content: checksum as string }],
  };
}

/** The CycloneDX 1.6 document of a build: the crate and everything its resolved graph compiles in. */
export function cycloneDx(info: BuildInfo, inputId: Digest) {
  const { source, dependencies, target, lockfile } = info.inputs;
  const own = purl(source.crate, source.version);
  const components = dependencies.filter((one) => one.source !== undefined).map(component);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX' as const,
    specVersion: '1.6',
    serialNumber: serialNumber(inputId),
    version: 1,
    metadata: {
      component: {
        type: 'application' as const,
        'bom-ref': own,
        name: source.crate as string,
        version: source.version as string,
        purl: own,
        hashes: [{ alg: 'SHA-256' as const, content: source.checksum as string }],
      },
      properties: [
        { name: 'builds.rs:target', value: target as string },
        { name: 'builds.rs:inputId', value: inputId as string },
        { name: 'builds.rs:lockfile', value: lockfile.origin as string },
      ],
    },
    components,
    dependencies: [{ ref: own, dependsOn: components.map((one) => one['bom-ref']) }],
  };
}

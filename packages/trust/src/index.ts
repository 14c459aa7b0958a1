export * from './checksum-list.ts';
export * from './dsse.ts';
export * from './ed25519.ts';
export * from './minisign.ts';
export * from './provenance.ts';
export * from './sbom.ts';

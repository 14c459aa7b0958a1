export {
  fingerprintOf,
  formatPublicKey,
  parsePublicKey,
  samePublicKey,
  type PublicKey,
} from './public-key.ts';
export { formatPrivateKey, generateBuilderKey, parsePrivateKey, type BuilderKey } from './private-key.ts';
export { signSshsig, verifySshsig, type SignatureVerdict } from './sshsig.ts';

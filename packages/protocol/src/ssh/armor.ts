import { SshFormatError } from './wire.ts';

/** Strict base64: no other characters, right padding, no stray bits. `Buffer.from` would take anything. */
export function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new SshFormatError('it is not base64');
  return bytes;
}

/** Wraps bytes between `-----BEGIN label-----` and `-----END label-----`, 70 characters a line, as ssh-keygen does. */
export function armor(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,70}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** The bytes of an armoured block that is all there is in `text`, apart from white space around it. */
export function unarmor(label: string, text: string): Buffer {
  const lines = text.trim().split(/\r?\n/);
  if (lines.shift() !== `-----BEGIN ${label}-----` || lines.pop() !== `-----END ${label}-----`) {
    throw new SshFormatError(`it is not between "BEGIN ${label}" and "END ${label}"`);
  }
  return fromBase64(lines.join(''));
}

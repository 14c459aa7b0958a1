import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The user of a build as it sees itself, in every build the same. */
export const GUEST_UID = 1000;

const FILES: Readonly<Record<string, string>> = {
  passwd: `root:x:0:0:root:/:/bin/false\nbuild:x:${GUEST_UID}:${GUEST_UID}:build:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n`,
  group: `root:x:0:\nbuild:x:${GUEST_UID}:\nnogroup:x:65534:\n`,
  hosts: '127.0.0.1 localhost builds\n::1 localhost builds\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** The names of the files {@link writeEtcFiles} makes. */
export const ETC_FILES = Object.keys(FILES);

/** Writes the parts of `/etc` that would tell a build about this machine, in a form that does not. */
export async function writeEtcFiles(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o755 });
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(dir, name), text, { mode: 0o644 });
}

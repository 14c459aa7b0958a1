import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

const ManifestSchema = v.object({
  /** Of kernel, first process and root file system together. */
  digest: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
  /** The Docker image that the root file system was made from. */
  toolchain: v.string(),
  /** Versions, for people. */
  kernel: v.string(),
  qemu: v.string(),
});

/** What machines are started with: the folder that `docker/vm/make.sh` made. */
export interface VmImages extends v.InferOutput<typeof ManifestSchema> {
  readonly folder: string;
}

/** Reads what is there; `undefined` when it was not made, or not to its end. */
export async function readVmImages(folder: string): Promise<VmImages | undefined> {
  try {
    // The folder itself, not the link to the newest: what a builder was started with stays one thing.
    const real = await realpath(folder);
    const text = await readFile(join(real, 'manifest.json'), 'utf8');
    const manifest = v.safeParse(v.pipe(v.string(), v.parseJson(), ManifestSchema), text);
    // QEMU reads commas in file names as its own.
    if (!manifest.success || real.includes(',')) return undefined;
    return { ...manifest.output, folder: real };
  } catch {
    return undefined;
  }
}

/** The command that runs a program of the images by its own loader and libraries. */
export function kitCommand({ folder }: VmImages, program: 'qemu-system-x86_64' | 'mkfs.erofs') {
  const lib = join(folder, 'lib');
  return [join(lib, 'ld-linux-x86-64.so.2'), '--library-path', lib, join(folder, program)] as const;
}

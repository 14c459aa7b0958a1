import {
  ExecutorNameSchema,
  flagSwitch,
  optionalText,
  type Settings,
  type SettingsValues,
} from '@buildsrs/common';
import * as v from 'valibot';
import type { DockerOptions } from './drivers/docker/index.ts';
import type { VmOptions } from './drivers/vm/index.ts';

/** The settings every program that runs jobs has; merged into its own. */
export const executorSettings = {
  executor: {
    schema: v.optional(ExecutorNameSchema, 'docker'),
    value: 'NAME',
    help: 'How builds run: docker, sandbox (bubblewrap), vm (QEMU) or process (no isolation). Default: docker.',
  },
  allowUnsandboxed: {
    schema: flagSwitch,
    help: 'Allow the process executor, which runs the code of crates with the rights of this program.',
  },
  requireSafe: {
    schema: flagSwitch,
    help: 'Refuse to start where a layer of isolation is missing or known to be weak.',
  },
  caBundle: {
    schema: optionalText,
    value: 'FILE',
    help: 'PEM file of certificates that cargo trusts. Default: NODE_EXTRA_CA_CERTS, then SSL_CERT_FILE.',
  },
  dockerBase: {
    schema: optionalText,
    value: 'IMAGE',
    help: 'Image the toolchain image is built from. Default: buildsrs/rust:bookworm if present, else rust:1-slim-bookworm.',
  },
  dockerImage: {
    schema: optionalText,
    value: 'IMAGE',
    help: 'Image with a Rust toolchain that is used as it is. Default: one built from docker/toolchain.',
  },
  dockerRuntime: {
    schema: optionalText,
    value: 'NAME',
    help: 'OCI runtime that builds (not fetches) run in: runc, runsc (gVisor), … Default: that of the engine.',
  },
  vmAccel: {
    schema: v.optional(v.picklist(['kvm', 'tcg'], 'The accelerator is kvm or tcg.'), 'kvm'),
    value: 'NAME',
    help: 'How the vm executor has a processor: kvm, or tcg, an emulation that takes ten times as long. Default: kvm.',
  },
  vmImages: {
    schema: optionalText,
    value: 'FOLDER',
    help: 'What docker/vm/make.sh made for the vm executor. Default: /var/cache/builds-rs/vm/current.',
  },
} as const satisfies Settings;

/** The part of the settings' values that only the docker executor reads, as {@link openExecutor} takes it. */
export function dockerOptionsOf(
  values: SettingsValues<typeof executorSettings>,
): NonNullable<DockerOptions['docker']> {
  return { base: values.dockerBase, image: values.dockerImage, runtime: values.dockerRuntime };
}

/** The part that only the vm executor reads. */
export function vmOptionsOf(values: SettingsValues<typeof executorSettings>): NonNullable<VmOptions['vm']> {
  return { accelerator: values.vmAccel, images: values.vmImages };
}

import type { SettingsValues } from '@buildsrs/common';
import { dockerOptionsOf, doctorReport, probeExecutors, vmOptionsOf } from '@buildsrs/executor';
import type { builderSettings } from './settings.ts';

/**
 * Examines this machine. The exit code is 3 when the executor the settings name could not run here, or is not safe where
 * that is asked for; a builder with these settings would not start.
 */
export async function examine(
  values: SettingsValues<typeof builderSettings>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly report: string; readonly exitCode: 0 | 3 }> {
  const { executor: asked, requireSafe } = values;
  const probes = await probeExecutors({
    dataDir: values.data,
    environment,
    docker: dockerOptionsOf(values),
    vm: vmOptionsOf(values),
  });
  const wanted = probes.find(({ executor }) => executor === asked);
  const enough = wanted?.usable === true && (wanted.safe || !requireSafe);
  const facts = { wanted: { executor: asked, requireSafe }, enough, executors: probes };
  const report = values.json ? `${JSON.stringify(facts)}\n` : doctorReport(probes);
  return { report, exitCode: enough ? 0 : 3 };
}

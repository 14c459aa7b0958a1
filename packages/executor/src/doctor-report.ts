import type { ExecutorProbe, IsolationLayer } from './probe.ts';

const MARKS: Readonly<Record<IsolationLayer['state'], string>> = {
  present: 'ok',
  weak: 'weak',
  missing: 'missing',
};

function verdictOf(probe: ExecutorProbe): string {
  if (!probe.usable) return 'cannot run here';
  if (probe.isolation === 'none') return 'runs, and isolates nothing';
  return probe.safe ? 'runs, with every layer' : 'runs, with layers missing or weak';
}

function layerLines(layer: IsolationLayer, width: number): string[] {
  const mark = MARKS[layer.state].padEnd(8);
  const line = `  ${mark}${layer.name.padEnd(width)}  ${layer.detail}`;
  return layer.state === 'present' || layer.remedy === undefined
    ? [line]
    : [line, `${' '.repeat(width + 12)}${layer.remedy}`];
}

/** What a person reads about the executors of a machine: each layer, present or not, and what to do. */
export function doctorReport(probes: readonly ExecutorProbe[]): string {
  const width = Math.max(...probes.flatMap(({ layers }) => layers.map(({ name }) => name.length)));
  const parts = probes.map((probe) =>
    [
      `${probe.executor}: ${verdictOf(probe)}`,
      ...probe.layers.flatMap((layer) => layerLines(layer, width)),
    ].join('\n'),
  );
  return `${parts.join('\n\n')}\n`;
}

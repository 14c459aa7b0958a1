import type { AbsentCrate, SyncSummary } from './sync-summary.ts';

function oneOf(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}

function absentSentence({ name, nearest }: AbsentCrate, registry: string): string {
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name).slice(1, -1);
  const meant = nearest.length === 0 ? 'Check its spelling.' : `Did you mean ${oneOf(nearest)}?`;
  return `There is no crate named ${shown} in ${registry}. ${meant}`;
}

/** What went wrong in a synchronisation, a sentence each, for people. */
export function sentencesOf(summary: SyncSummary): string[] {
  return [
    ...summary.absent.map((absent) => absentSentence(absent, summary.registry)),
    ...summary.refused.map(
      ({ crate, version, was, got }) =>
        `${crate} ${version} has another checksum in the index than before and was left as it is (was ${was}, is ${got}). A published version never changes: ask the registry's operator.`,
    ),
  ];
}

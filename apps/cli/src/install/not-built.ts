import { SentenceError, type Target } from '@buildsrs/common';
import type { Release } from './find-release.ts';

/** Why nothing of a release can be had for these targets, what is in the queue, and what to do meanwhile. */
export function notBuilt(release: Release, targets: readonly Target[]): SentenceError {
  const { crate, version, archives, tasks } = release;
  const built = archives.map((one) => one.target).join(', ');
  const lines = [
    `${crate} ${version} is not built for ${targets.join(' or ')}.`,
    `It is built for: ${built === '' ? 'nothing yet' : built}.`,
  ];
  for (const task of tasks) {
    if (!targets.includes(task.target) || task.publishedBuild !== null) continue;
    const why = task.failure === null ? '' : ` (${task.failure.message.split('\n')[0]?.slice(0, 200)})`;
    lines.push(`For ${task.target}, task ${task.id} is ${task.status}${why}.`);
  }
  const target = targets[0] === undefined ? '' : ` --target ${targets.at(-1)}`;
  lines.push(
    `\`builds request ${crate}@${version}${target}\` asks for it and follows the build; meanwhile \`cargo install ${crate}\` compiles it here.`,
  );
  return new SentenceError('not-built', lines.join('\n'));
}

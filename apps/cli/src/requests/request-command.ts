import { flagSwitch, TargetSchema, type Settings, type Task, type TaskDetail } from '@buildsrs/common';
import * as v from 'valibot';
import type { Paint } from '../terminal/paint.ts';
import { defineCommand } from '../command.ts';
import { instanceSettings } from '../instance/instance-settings.ts';
import { openInstance } from '../instance/open-instance.ts';
import { inertText, paintFor } from '../terminal/paint.ts';
import { onlyCrate } from '../wanted-crate.ts';
import { followTask } from './follow-task.ts';

const settings = {
  ...instanceSettings,
  target: {
    schema: v.optional(v.pipe(v.array(TargetSchema), v.minLength(1))),
    value: 'TRIPLE',
    repeatable: true,
    help: 'Build for this target. Default: those the instance builds for unasked.',
  },
  noFollow: { schema: flagSwitch, help: 'Ask, and do not wait.' },
} as const satisfies Settings;

function endLines(task: TaskDetail, paint: Paint): string[] {
  const what = `${task.crate} ${task.version} (${task.target})`;
  if (task.failure !== null && task.status === 'failed') {
    return [
      `${paint('red', 'failed')} ${what}: ${task.failure.kind}`,
      ...inertText(task.failure.message)
        .split('\n')
        .map((line) => `  ${line}`),
      `  ${paint('dim', inertText(task.failure.hint))}`,
    ];
  }
  return [
    `${paint('green', 'built')} ${what}`,
    ...task.artifacts.map((one) => `  ${one.sha256}  ${one.url}`),
  ];
}

/** `builds request CRATE[@VERSION]` */
export const requestCommand = defineCommand({
  name: 'request',
  usage: {
    name: 'builds request',
    summary: 'Ask for a crate to be built, and follow it: place in the queue, log, result.',
    settings,
    positionals: 'CRATE[@VERSION]',
    examples: [
      'builds request hexyl',
      'builds request hexyl@0.17.0 --target x86_64-unknown-linux-musl',
      'builds request hexyl --no-follow --json',
    ],
  },
  run: async (values, positionals, context) => {
    const wanted = onlyCrate('request', positionals);
    await using instance = await openInstance(values, context);
    const requested = await instance.client.requestBuild(
      {
        crate: wanted.name,
        ...(wanted.version === undefined ? {} : { version: wanted.version }),
        ...(values.target === undefined ? {} : { targets: values.target }),
      },
      { signal: context.signal },
    );
    const out = values.json ? context.stderr : context.stdout;
    const paint = paintFor(out, context.environment);
    const answer = (tasks: readonly Task[]): void => {
      if (values.json) context.stdout.write(`${JSON.stringify({ ...requested, tasks })}\n`);
    };
    if (values.noFollow) {
      for (const task of requested.tasks) {
        out.write(`task ${task.id}: ${task.crate} ${task.version} for ${task.target} is ${task.status}\n`);
      }
      answer(requested.tasks);
      return 0;
    }
    const ended: TaskDetail[] = [];
    for (const task of requested.tasks) {
      const end = await followTask(instance.client, task.id, out, context);
      ended.push(end);
      out.write(
        endLines(end, paint)
          .map((line) => `${line}\n`)
          .join(''),
      );
    }
    answer(ended);
    return ended.every((task) => task.status === 'built') ? 0 : 1;
  },
});

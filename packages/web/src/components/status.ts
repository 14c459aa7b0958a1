import type { BuildOutcome, TaskStatus } from '@buildsrs/common';
import { html, type Html } from '../html.ts';
import { icon, type IconName } from './icon.ts';

interface Look {
  readonly word: string;
  readonly tone: 'good' | 'bad' | 'busy' | 'idle' | 'warn';
  readonly icon: IconName;
}

const LOOKS = {
  blocked: { word: 'blocked', tone: 'idle', icon: 'minus' },
  pending: { word: 'waiting', tone: 'idle', icon: 'clock' },
  scheduled: { word: 'scheduled', tone: 'idle', icon: 'dots' },
  building: { word: 'building', tone: 'busy', icon: 'play' },
  built: { word: 'built', tone: 'good', icon: 'check' },
  failed: { word: 'failed', tone: 'bad', icon: 'cross' },
  succeeded: { word: 'succeeded', tone: 'good', icon: 'check' },
  error: { word: 'error', tone: 'warn', icon: 'bang' },
  'timed-out': { word: 'timed out', tone: 'bad', icon: 'clock' },
  cancelled: { word: 'cancelled', tone: 'idle', icon: 'minus' },
  lost: { word: 'lost', tone: 'warn', icon: 'bang' },
} as const satisfies Record<TaskStatus | BuildOutcome, Look>;

/** A state as a sign and a word in its colour; never the colour alone. */
export function status(state: TaskStatus | BuildOutcome): Html {
  const look = LOOKS[state];
  return html`<span class="status tone-${look.tone}">${icon(look.icon)}<span>${look.word}</span></span>`;
}

/** The state of a build: how it ended, or that it runs. */
export function buildStatus(outcome: BuildOutcome | null): Html {
  return status(outcome ?? 'building');
}

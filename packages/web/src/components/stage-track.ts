import type { Build } from '@buildsrs/common';
import { html, type Html } from '../html.ts';
import { formatDuration } from '../text/format.ts';
import { stageTimes, type StageTime } from './stage-times.ts';

/** Narrowest piece of the track, of a thousand: short stages stay to be seen. */
const LEAST_WIDTH = 24;
const GAP = 6;

function describe(times: readonly StageTime[]): string {
  const reached = times.filter((time) => time.state !== 'ahead');
  if (reached.length === 0) return 'no stage has begun';
  return reached
    .map(({ stage, state, ms }) => {
      const took = formatDuration(ms ?? 0);
      if (state === 'running') return `${stage} for ${took}`;
      return state === 'stopped' ? `stopped in ${stage} after ${took}` : `${stage} ${took}`;
    })
    .join(', ')
    .replaceAll('\u00a0', ' ');
}

/**
 * A build as a strip: each stage as long as it took, those ahead as thin rest. Widths are attributes of SVG, as the
 * pages' policy admits no style attributes.
 */
export function stageTrack(build: Pick<Build, 'stages' | 'endedAt' | 'outcome'>, now: Date): Html {
  const times = stageTimes(build, now);
  const reached = times.filter((time) => time.state !== 'ahead');
  const ahead = build.outcome === null ? times.length - reached.length : 0;
  const total = reached.reduce((sum, time) => sum + (time.ms ?? 0), 0) || 1;
  const pieceCount = reached.length + ahead;
  const room = 1_000 - pieceCount * LEAST_WIDTH - Math.max(0, pieceCount - 1) * GAP;
  let x = 0;
  const pieces = times.flatMap(({ stage, state, ms }) => {
    if (state === 'ahead' && ahead === 0) return [];
    const width = LEAST_WIDTH + (state === 'ahead' ? 0 : (room * (ms ?? 0)) / total);
    const piece = html`<rect
      class="stage-${stage} is-${state}"
      x="${x.toFixed(1)}"
      y="0"
      width="${width.toFixed(1)}"
      height="10"
    />`;
    x += width + GAP;
    return [piece];
  });
  return html`<svg
    class="track"
    viewBox="0 0 1000 10"
    preserveAspectRatio="none"
    role="img"
    aria-label="${`Stages: ${describe(times)}`}"
  >
    ${pieces}
  </svg>`;
}

/** The stages one by one with their times. */
export function stageList(build: Pick<Build, 'stages' | 'endedAt' | 'outcome'>, now: Date): Html {
  const words = { done: 'done', running: 'running', stopped: 'stopped here', ahead: 'not reached' } as const;
  return html`<ol class="stages">
    ${stageTimes(build, now).map(
      ({ stage, state, ms }) =>
        html`<li class="stage is-${state}">
          <span class="swatch stage-${stage}"></span><span class="stage-name">${stage}</span>
          <span class="stage-time">${ms === undefined ? '–' : formatDuration(ms)}</span
          ><span class="visually-hidden"> (${words[state]})</span>
        </li>`,
    )}
  </ol>`;
}

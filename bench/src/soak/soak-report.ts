import type { Soak } from './soak.ts';

/** Growth of a builder's memory that is none (reliability case 80). */
const RSS_GROWTH = 0.05;
/** Below so many builds a JavaScript heap has not settled yet, and its growth says nothing. */
const SETTLED_BUILDS = 200;
const DISK_GROWTH_BYTES = 50e6;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** The result in lines, and what of it is wrong. */
export function soakReport({ builds, leftovers, changed, rssBytes, diskBytes }: Soak): {
  lines: string[];
  wrong: string[];
} {
  const growth = rssBytes[1] / rssBytes[0] - 1;
  const diskGrowth = diskBytes[1] - diskBytes[0];
  const settled = builds >= SETTLED_BUILDS;
  const wrong = [
    ...leftovers.map((line) => `left: ${line}`),
    ...changed.map((crate) => `came out differently: ${crate}`),
    ...(settled && growth > RSS_GROWTH ? [`memory grew by more than ${RSS_GROWTH * 100} %`] : []),
    ...(diskGrowth > DISK_GROWTH_BYTES ? [`disk grew by more than ${megabytes(DISK_GROWTH_BYTES)}`] : []),
  ];
  const lines = [
    `${builds} builds, ${leftovers.length} leftovers, ${changed.length} crates that changed`,
    `memory ${megabytes(rssBytes[0])} → ${megabytes(rssBytes[1])} (${(growth * 100).toFixed(1)} %` +
      `${settled ? '' : `; judged from ${SETTLED_BUILDS} builds on`})`,
    `data folder ${megabytes(diskBytes[0])} → ${megabytes(diskBytes[1])}`,
  ];
  return { lines, wrong };
}

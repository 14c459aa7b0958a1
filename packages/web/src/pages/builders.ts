import type { Builder, TargetDetail } from '@buildsrs/common';
import type { Page, PageContext } from '../page.ts';
import { empty } from '../components/empty.ts';
import { icon } from '../components/icon.ts';
import { targetChips, targetTitle } from '../components/target.ts';
import { ago, moment } from '../components/time.ts';
import { html, type Html, type MaybeHtml } from '../html.ts';
import { formatCount, plural } from '../text/format.ts';
import { label } from '../text/visible.ts';

/** Marks drawn one by one; a builder with more slots gets the number alone. */
const MOST_MARKS = 16;

function slots({ slots: all, building }: Builder): Html {
  const marks = Array.from(
    { length: Math.min(all, MOST_MARKS) },
    (_, index) => html`<i class="${index < building ? 'slot slot-busy' : 'slot'}"></i>`,
  );
  return html`<span class="slots"
    ><span class="slot-marks" aria-hidden="true">${marks}</span> ${building} of ${plural(all, 'slot')}
    busy</span
  >`;
}

function isolationOf({ isolation, executor }: Builder): string {
  if (isolation === null) return 'not known yet';
  return executor === null || executor === isolation ? isolation : `${isolation} (${executor})`;
}

function state(builder: Builder): Html {
  if (!builder.enabled)
    return html`<span class="status tone-idle">${icon('minus')}<span>disabled</span></span>`;
  if (builder.suspended !== null)
    return html`<span class="status tone-bad">${icon('minus')}<span>suspended</span></span>`;
  if (builder.connected && builder.paused !== null)
    return html`<span class="status tone-idle">${icon('clock')}<span>paused</span></span>`;
  return builder.connected
    ? html`<span class="status tone-good">${icon('check')}<span>connected</span></span>`
    : html`<span class="status tone-idle">${icon('clock')}<span>away</span></span>`;
}

/** Why it is given no work, or takes none, where that is so. */
function trouble({ enabled, connected, suspended, paused }: Builder): MaybeHtml {
  if (enabled && suspended !== null) {
    return html`<p class="quiet">
      Nothing is given to it until ${moment(suspended.until)}: ${label(suspended.reason, 400)}
    </p>`;
  }
  if (enabled && connected && paused !== null) {
    return html`<p class="quiet">It takes nothing new for now: ${label(paused, 300)}</p>`;
  }
  return undefined;
}

function card(builder: Builder, now: Date): Html {
  return html`<li class="card">
    <div class="card-head">
      <h2><bdi>${label(builder.name, 60)}</bdi></h2>
      ${state(builder)}
    </div>
    ${slots(builder)} ${trouble(builder)}
    <dl class="facts facts-tight">
      <div>
        <dt>Isolation</dt>
        <dd>${isolationOf(builder)}</dd>
      </div>
      <div>
        <dt>Builds</dt>
        <dd>${builder.kinds.join(', ')}</dd>
      </div>
      <div>
        <dt>Targets</dt>
        <dd>${targetChips(builder.targets, 'none said yet')}</dd>
      </div>
      <div>
        <dt>Seen</dt>
        <dd>${builder.lastSeenAt === null ? 'never' : ago(builder.lastSeenAt, now)}</dd>
      </div>
      <div>
        <dt>Key</dt>
        <dd class="mono digest">${builder.fingerprint}</dd>
      </div>
    </dl>
  </li>`;
}

function targetTable(targets: readonly TargetDetail[]): Html {
  return html`<div class="table-frame" role="group" aria-label="Targets" tabindex="0">
    <table class="table">
      <caption class="visually-hidden">
        Targets
      </caption>
      <thead>
        <tr>
          <th scope="col">Target</th>
          <th scope="col">System</th>
          <th scope="col">Builders</th>
          <th scope="col">Built</th>
        </tr>
      </thead>
      <tbody>
        ${targets.map(
          (target) =>
            html`<tr>
              <th scope="row" class="mono">${target.name}</th>
              <td>
                ${targetTitle(target.name)}${target.enabled ? '' : html` <span class="chip">on demand</span>`}
              </td>
              <td class="number cell-inline" data-label="builders">
                ${target.builders === 0 ? html`<span class="quiet">none now</span>` : formatCount(target.builders)}
              </td>
              <td class="number cell-inline" data-label="built">${formatCount(target.built)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** `/builders`: the machines that build, and the targets they offer. */
export async function buildersPage({ client, now, signal }: PageContext): Promise<Page> {
  const [builders, targets] = await Promise.all([
    client.listBuilders({ signal }),
    client.listTargets({ signal }),
  ]);
  const connected = builders.items.filter((builder) => builder.connected).length;
  return {
    title: 'Builders',
    section: 'builders',
    body: html`<header class="page-head">
        <h1>Builders</h1>
        <p class="lead">
          ${connected} of ${plural(builders.items.length, 'builder')} connected. Each proves its SSH key
          before it gets work, and says how well it shuts a build in.
        </p>
      </header>
      ${
        builders.items.length === 0
          ? empty('No builder is enrolled yet.', 'A builder is enrolled with its public key by the operator.')
          : html`<ul class="cards" id="builders" data-refresh="builders">
              ${builders.items.map((builder) => card(builder, now))}
            </ul>`
      }
      <section aria-labelledby="targets-title">
        <h2 id="targets-title">Targets</h2>
        ${targets.items.length === 0 ? html`<p class="quiet">No target is enabled yet.</p>` : targetTable(targets.items)}
      </section>`,
  };
}

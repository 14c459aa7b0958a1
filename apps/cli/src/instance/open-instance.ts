import { resolve } from 'node:path';
import { createClient, type ApiClient, type FetchLike } from '@buildsrs/client';
import { EnvHttpProxyAgent, fetch } from 'undici';
import type { CommandContext } from '../command.ts';
import type { InstanceSettings } from './instance-settings.ts';
import { trustedCertificates } from './trusted-certificates.ts';

/** An instance that can be asked. */
export interface Instance extends AsyncDisposable {
  readonly client: ApiClient;
  /** `fetch` through the proxies and authorities that were asked for; ends when nothing comes for too long. */
  readonly fetch: FetchLike;
  readonly server: string;
  readonly idleTimeoutMs: number;
}

/** Never through a proxy. */
const LOOPBACK = 'localhost,127.0.0.1';

function proxiesOf(environment: CommandContext['environment']) {
  const named = (name: string): string | undefined => {
    const value = environment[name.toLowerCase()] ?? environment[name];
    return value === '' ? undefined : value;
  };
  const httpProxy = named('HTTP_PROXY');
  const httpsProxy = named('HTTPS_PROXY');
  const noProxy = named('NO_PROXY');
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    noProxy: noProxy === undefined ? LOOPBACK : `${noProxy},${LOOPBACK}`,
  };
}

/** Opens the instance that settings name. Nothing is asked yet. */
export async function openInstance(settings: InstanceSettings, context: CommandContext): Promise<Instance> {
  const { environment, cwd } = context;
  const ca = await trustedCertificates([
    settings.caFile === undefined ? undefined : resolve(cwd, settings.caFile),
    environment['SSL_CERT_FILE'],
    environment['NODE_EXTRA_CA_CERTS'],
  ]);
  const agentOf = (bodyTimeout: number) =>
    new EnvHttpProxyAgent({
      ...proxiesOf(environment),
      headersTimeout: settings.idleTimeout,
      bodyTimeout,
      ...(ca === undefined ? {} : { connect: { ca }, requestTls: { ca }, proxyTls: { ca } }),
    });
  const usual = agentOf(settings.idleTimeout);
  // A build may print nothing for minutes.
  const patient = agentOf(0);
  const fetchHere: FetchLike = async (url, init) => {
    const dispatcher = /\/events(?:\?|$)/.test(url) ? patient : usual;
    return await fetch(url, { ...(init as object), dispatcher });
  };
  return {
    client: createClient({
      baseUrl: settings.server,
      fetch: fetchHere,
      timeoutMs: settings.idleTimeout,
    }),
    fetch: fetchHere,
    server: settings.server,
    idleTimeoutMs: settings.idleTimeout,
    async [Symbol.asyncDispose]() {
      await Promise.all([usual.destroy(), patient.destroy()]);
    },
  };
}

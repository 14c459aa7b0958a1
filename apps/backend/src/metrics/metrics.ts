import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What this backend counts. One registry for each context, so that tests and several backends do not share. */
export interface Metrics {
  readonly registry: Registry;
  readonly httpDuration: Histogram<'method' | 'route' | 'status'>;
  readonly downloads: Counter;
  readonly uploadedBytes: Counter;
  readonly claims: Counter;
  readonly results: Counter<'outcome'>;
  readonly leasesLost: Counter;
  readonly connectedBuilders: Gauge;
  readonly tasks: Gauge<'status'>;
}

/** Makes the metrics; names as Prometheus has them, with units. */
export function createMetrics(options: { readonly processMetrics: boolean }): Metrics {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    httpDuration: new Histogram({
      name: 'buildsrs_http_request_duration_seconds',
      help: 'Time until the answer to a request began.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    downloads: new Counter({
      name: 'buildsrs_downloads_total',
      help: 'Artifacts downloaded whole, or redirected to.',
      registers,
    }),
    uploadedBytes: new Counter({
      name: 'buildsrs_uploaded_bytes_total',
      help: 'Bytes of artifacts that builders uploaded.',
      registers,
    }),
    claims: new Counter({ name: 'buildsrs_claims_total', help: 'Tasks given to builders.', registers }),
    results: new Counter({
      name: 'buildsrs_results_total',
      help: 'Results of builds by what became of them; "lease-lost" are those that were fenced off.',
      labelNames: ['outcome'],
      registers,
    }),
    leasesLost: new Counter({
      name: 'buildsrs_leases_lost_total',
      help: 'Builds given up because their builder fell silent.',
      registers,
    }),
    connectedBuilders: new Gauge({
      name: 'buildsrs_connected_builders',
      help: 'Builders connected to this backend.',
      registers,
    }),
    tasks: new Gauge({
      name: 'buildsrs_tasks',
      help: 'Tasks by status, of the whole service.',
      labelNames: ['status'],
      registers,
    }),
  };
}

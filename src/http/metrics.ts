import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { JobStatus } from '../domain/job.ts';
import { JOB_STATUSES } from '../domain/job.ts';
import { inTime } from './in-time.ts';

/** Jobs by status, as `/metrics` shows them. */
export type CountJobs = () => Promise<Readonly<Partial<Record<JobStatus, number>>>>;

/** What a process tells Prometheus of itself. */
export interface Metrics {
  /** Notes one answered request; `endpoint` is the route as it is written, never a path with ids in it. */
  observeRequest(request: {
    readonly method: string;
    readonly endpoint: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  readonly contentType: string;
  /** Everything in Prometheus' text form. */
  text(): Promise<string>;
}

/** Who asks gives up after ten seconds, as a rule. */
const PATIENCE_MS = 3_000;

/**
 * Durations of requests by route, jobs by status, and the process itself. Where jobs cannot be counted in time `report` is
 * told and the rest is shown: it is needed most when the store is away.
 */
export function createMetrics(countJobs: CountJobs, report: (error: unknown) => void): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'lading_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer.',
    labelNames: ['method', 'endpoint', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  new Gauge({
    name: 'lading_jobs',
    help: 'Jobs by status.',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      this.reset();
      const counts = await inTime(PATIENCE_MS, countJobs).catch(report);
      if (counts === undefined) return;
      for (const status of JOB_STATUSES) this.set({ status }, counts[status] ?? 0);
    },
  });
  return {
    observeRequest: ({ method, endpoint, status, seconds }) =>
      requests.observe({ method, endpoint, status: String(status) }, seconds),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

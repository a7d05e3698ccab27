import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createActivities } from '../../activities/index.ts';
import { createOrchestrator } from '../../temporal/orchestrator.ts';
import { startWorker as startTemporalWorker } from '../../temporal/worker.ts';
import type { Config } from '../config.ts';
import { sweepDirectoryFiles } from '../engine/directory-jobs/sweep-files.ts';
import { sweepFiles } from '../engine/imports/sweep-files.ts';
import { sweepJobs } from '../engine/jobs/sweep.ts';
import { expireUploads } from '../engine/migration/expire-uploads.ts';
import { runSchedule } from '../engine/schedules/run-schedule.ts';
import { sweepSchedules } from '../engine/schedules/sweep-schedules.ts';
import { sweepDeliveries } from '../engine/webhooks/sweep-deliveries.ts';
import { createLogger } from '../platform/logger.ts';
import { fileSearchBacklog } from '../store/queries/search-backlog.ts';
import { beatWorker, endWorker, PULSE_MS } from '../store/queries/worker-pulses.ts';
import { repeat } from './repeat.ts';
import { createPlatform, temporalSettings } from './platform.ts';

const SWEEP_MS = 5_000;
/** How soon after its commit an event is on its way to webhooks. */
const DELIVERY_MS = 1_000;
/** A batch a second of the largest kind is filed before whoever writes the next has to. */
const SEARCH_BACKLOG_MS = 1_000;
const STORAGE_SWEEP_MS = 60_000;
/** Of so many sweeps of storage one looks for files that nobody will ask for: the first, and then one an hour. */
const FILES_SWEEP = 60;
/** Of so many sweeps of schedules one compares all of them with Temporal's: the first, and then one each half a minute. */
const WHOLE_SWEEP = 6;

/** Starts a worker process: Temporal workers, their pulse and the sweep. */
export async function startWorker(config: Config): Promise<{ close(): Promise<void> }> {
  const logger = createLogger('worker', config.log.level);
  const { orm, sealer, guard, files } = createPlatform(config);
  const settings = temporalSettings(config);
  const orchestrator = createOrchestrator(settings);
  const worker = await startTemporalWorker(
    { ...settings, partitions: config.limits.workerPartitions, cache: config.home.cache },
    createActivities({
      orm,
      sealer,
      guard,
      files,
      logger,
      matchRows: config.limits.workerMatchRows,
      createScheduledJob: (run) => runSchedule({ orm }, run),
    }),
    logger,
  );
  worker.ended.catch((error: unknown) => {
    logger.fatal({ err: error }, 'the worker has ended by a fault');
    process.kill(process.pid, 'SIGTERM');
  });
  const self = { id: randomUUID(), host: hostname(), pid: process.pid };
  const pulse = repeat(PULSE_MS, logger, 'saying that this worker lives', () => beatWorker(orm, self));
  const sweep = repeat(SWEEP_MS, logger, 'sweeping jobs', async () => {
    const mended = await sweepJobs({ orm, orchestrator });
    if (mended > 0) logger.info({ jobs: mended }, 'jobs without a workflow were mended');
  });
  let sweeps = 0;
  const scheduleSweep = repeat(SWEEP_MS, logger, 'sweeping schedules', async () => {
    const mended = await sweepSchedules({ orm, orchestrator }, sweeps % WHOLE_SWEEP === 0);
    // Only a sweep that came to its end counts: the whole one is tried again until it does.
    sweeps++;
    if (mended > 0) logger.info({ schedules: mended }, 'schedules and what Temporal has of them were brought together');
  });
  const deliveries = repeat(DELIVERY_MS, logger, 'sending webhooks', () => sweepDeliveries({ orm, orchestrator }));
  const search = repeat(SEARCH_BACKLOG_MS, logger, 'filing what searches look for', () =>
    fileSearchBacklog(orm.em.fork()),
  );
  let storageSweeps = 0;
  const storageSweep = repeat(STORAGE_SWEEP_MS, logger, 'sweeping storage', async () => {
    const strays =
      storageSweeps % FILES_SWEEP === 0
        ? (await sweepDirectoryFiles({ orm, files })) +
          (await expireUploads({ orm }).then(() => sweepFiles({ orm, files })))
        : 0;
    const removed = strays + (await files.storage.sweep());
    storageSweeps++;
    if (removed > 0) logger.info({ files: removed }, 'what broken uploads had left in storage was removed');
  });
  logger.info('worker started');
  return {
    async close() {
      const turns = [pulse, sweep, scheduleSweep, deliveries, search, storageSweep];
      await Promise.all(turns.map((turn) => turn.stop()));
      await worker.close();
      await endWorker(orm, self.id).catch((error: unknown) => logger.warn({ err: error }, 'no farewell'));
      await orchestrator.close();
      await orm.close(true);
    },
  };
}

import { NativeConnection, Runtime, TransportError, Worker } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';
import { AppError } from '../src/domain/errors.ts';
import type { Logger } from '../src/platform/logger.ts';
import { rowQueue } from '../workflows/task-queue.ts';
import { activityInterceptor } from './interceptors/activity.ts';
import { sdkLogger } from './sdk-logger.ts';
import { workflowBundle } from './workflow-bundle.ts';

export interface WorkerSettings {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Partitions this process reads and commits at once. */
  readonly partitions: number;
  /** The folder in which the bundled workflows are kept between starts. */
  readonly cache: string;
}

export interface RunningWorker {
  /** Resolves when the worker has ended; rejects when it ended by a fault. */
  readonly ended: Promise<void>;
  /** Stops taking work, lets activities go and resolves when all have ended. */
  close(): Promise<void>;
}

/**
 * Starts the workers of this process: one for workflows and short steps, one for the steps that move rows. Rejects
 * with an `AppError` (`unavailable`) when Temporal cannot be reached.
 */
export async function startWorker(
  settings: WorkerSettings,
  activities: Activities,
  logger: Logger,
): Promise<RunningWorker> {
  Runtime.install({ shutdownSignals: [], logger: sdkLogger(logger) });
  const { namespace, taskQueue } = settings;
  const connection = await connect(settings.address);
  const { planTarget, matchTarget, importPartition, planRollback, undoPartition, planExport, exportRows, ...steps } =
    activities;
  const moving = { planTarget, matchTarget, importPartition, planRollback, undoPartition, planExport, exportRows };
  const shared = {
    connection,
    namespace,
    shutdownGraceTime: '1s',
    shutdownForceTime: '8s',
    // Progress and a cancel travel with heartbeats: this is how soon they are felt.
    maxHeartbeatThrottleInterval: '400ms',
    defaultHeartbeatThrottleInterval: '400ms',
  } as const;
  const workers = [
    await Worker.create({
      ...shared,
      interceptors: { activity: [activityInterceptor(logger)] },
      taskQueue,
      workflowBundle: { codePath: await workflowBundle(settings.cache) },
      activities: steps,
      maxConcurrentActivityTaskExecutions: 20,
      reuseV8Context: true,
      // How long a workflow waits for the worker that knew it when that one was killed.
      stickyQueueScheduleToStartTimeout: '2s',
    }),
    await Worker.create({
      ...shared,
      interceptors: { activity: [activityInterceptor(logger)] },
      taskQueue: rowQueue(taskQueue),
      activities: moving,
      maxConcurrentActivityTaskExecutions: settings.partitions,
    }),
  ];
  const ended = Promise.all(workers.map((worker) => worker.run())).then(() => connection.close());
  return {
    ended,
    close: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}

async function connect(address: string): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect({ address });
  } catch (cause) {
    if (!(cause instanceof TransportError)) throw cause;
    throw new AppError('unavailable', `Temporal at ${address} cannot be reached (TEMPORAL_ADDRESS).`, { cause });
  }
}

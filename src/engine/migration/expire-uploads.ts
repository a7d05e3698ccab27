import { transitionJob } from '../../store/queries/jobs/jobs.ts';
import {
  releaseMigrationFiles,
  unstartedMigrations,
  holdUnstarted,
} from '../../store/queries/migration/migration-files.ts';
import type { EngineDeps } from '../deps.ts';

/** So long an upload waits to be started, by the database's clock. */
const UNSTARTED_HOURS = 24;

/**
 * Ends uploads that nobody started within a day, and says of files that no job will read again that they may go: of
 * migration jobs that were deleted, and of those that ended before they began. Safe to run in several processes at once.
 * Returns how many files may go; `sweepFiles` has them go.
 */
export async function expireUploads({ orm }: Pick<EngineDeps, 'orm'>): Promise<number> {
  const em = orm.em.fork();
  for (const id of await unstartedMigrations(em, UNSTARTED_HOURS)) {
    await em.transactional(async (tx) => {
      // Who starts or checks it meanwhile waits for this, or was first.
      if (!(await holdUnstarted(tx, id, UNSTARTED_HOURS))) return;
      await transitionJob(orm.em, {
        jobId: id,
        from: ['pending'],
        to: 'cancelled',
        event: 'job.cancelled',
        error: { code: 'expired', message: 'It was not started within a day.' },
      });
    });
  }
  return releaseMigrationFiles(em, UNSTARTED_HOURS);
}

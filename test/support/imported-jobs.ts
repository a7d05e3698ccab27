import type { MikroORM } from '@mikro-orm/postgresql';
import type { JobKind, JobStatus } from '../../src/domain/job.ts';
import { isFinal } from '../../src/domain/job.ts';
import { ImportJob } from '../../src/store/entities/import-job.ts';
import { transitionJob } from '../../src/store/queries/jobs/jobs.ts';
import type { TargetSpec } from '../../src/domain/target.ts';
import { startImport } from './records.ts';
import type { ImportOptions, RowValues, TestImport } from './records.ts';
import type { Seeded } from './seeded.ts';

/** What an import was, and how it ended. */
export interface ImportedJob extends Pick<ImportOptions, 'detect' | 'mode'> {
  readonly tenantId: string;
  readonly profileId: string | null;
  readonly userId?: string;
  readonly kind?: JobKind;
  readonly status?: JobStatus;
  readonly spec?: TargetSpec;
  /** When it was made and started; now when absent. */
  readonly at?: string;
  /** From start to end. */
  readonly seconds?: number;
  readonly rows?: readonly RowValues[];
  /** How many of the rows, from the first, do not fit. */
  readonly faulty?: number;
}

/** A job that imported rows, each chunk of 50 committed as an import commits it, and then came to its status. */
export async function importedJob(orm: MikroORM, of: ImportedJob): Promise<TestImport> {
  const { rows = [], faulty = 0, status = 'completed', kind = 'import' } = of;
  const job = await startImport(orm, {
    tenantId: of.tenantId,
    ...(of.profileId === null ? {} : { sourceId: of.profileId }),
    ...(of.detect ? { detect: of.detect } : {}),
    ...(of.mode ? { mode: of.mode } : {}),
    ...(of.spec ? { spec: of.spec } : {}),
    kind: kind === 'validate' ? kind : 'import',
  });
  const misfit = {
    field: null,
    code: 'invalid_format',
    message: 'It does not fit.',
    value: null,
    fatal: true,
  } as const;
  const drafts = rows.map((values, index) => job.draft(values, index < faulty ? [misfit] : []));
  for (let from = 0; from < drafts.length; from += 50) await job.commit(drafts.slice(from, from + 50));
  const at = of.at === undefined ? new Date() : new Date(of.at);
  const ended = isFinal(status);
  if (ended) await transitionJob(orm.em, { jobId: job.jobId, from: ['running'], to: status, event: 'job.completed' });
  await orm.em.fork().nativeUpdate(
    ImportJob,
    { id: job.jobId },
    {
      kind,
      status,
      profileId: of.profileId,
      createdById: of.userId ?? null,
      createdAt: at,
      startedAt: status === 'pending' ? null : at,
      completedAt: ended ? new Date(at.getTime() + 1_000 * (of.seconds ?? 60)) : null,
    },
  );
  return job;
}

/** Customers, some of them again, some with the e-mail of another. */
export function randomCustomers(random: Seeded, count: number): RowValues[] {
  return Array.from({ length: count }, () => ({
    external_id: String(random.below(2 * count)),
    name: `name ${random.below(50)}`,
    email: `${random.below(2 * count)}@example.com`,
  }));
}

import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { columnsOf } from '../../domain/directory/columns.ts';
import type { Service } from '../../domain/directory/columns.ts';
import { DEFAULT_BATCH_SIZE, DEFAULT_MODE } from '../../domain/job.ts';
import { requirePermission } from '../../domain/policy.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { DirectoryJob } from '../../store/entities/directory-job.ts';
import { companies, contacts } from '../../targets/directory.ts';
import { parseVql } from '../../vql/parse.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { insertJob } from '../jobs/insert-job.ts';
import type { JobPlan } from '../jobs/job-plan.ts';
import { placeOf } from './place-of.ts';
import { startJob } from '../jobs/start-job.ts';

export interface CreateExportInput {
  readonly service: Service;
  /** A query of the directory, as it came; without a limit it has all rows. */
  readonly query: unknown;
  readonly retries: number;
}

/** What rows of a service are as a target. */
const TARGETS: Readonly<Record<Service, TargetSpec>> = { company: companies, contact: contacts };

/**
 * Makes a job that writes what a query finds to a CSV file, and has it started. Throws `validation` for a wrong query,
 * see `refusedQuery`.
 */
export async function createExport(
  deps: Pick<EngineDeps, 'orm' | 'orchestrator'>,
  actor: Actor,
  { service, query, retries }: CreateExportInput,
): Promise<string> {
  requirePermission(actor, 'system.import');
  parseVql(service, query, { maxLimit: null });
  const job = await deps.orm.em.fork().transactional(async (tx) => {
    const created = await insertJob(tx, {
      id: randomUUID(),
      tenantId: actor.tenantId,
      userId: actor.userId,
      kind: 'export',
      profileId: null,
      plan: planOf(service),
    });
    tx.create(DirectoryJob, { ...placeOf(created), retries, export: { service, query } });
    await tx.flush();
    await audit(tx, actor, 'job.created', { type: 'import_job', id: created.id }, { service });
    return created;
  });
  await startJob(deps, job);
  return job.id;
}

function planOf(service: Service): JobPlan {
  const spec = TARGETS[service];
  return {
    options: {
      batchSize: DEFAULT_BATCH_SIZE,
      timeoutSeconds: null,
      selectedTypes: null,
      filters: { dateFrom: null, dateTo: null, limit: null },
    },
    mode: DEFAULT_MODE,
    targets: [
      {
        ordinal: 0,
        spec,
        query: {
          name: null,
          baseTable: spec.type,
          joins: [],
          fields: columnsOf(service).map(({ name }) => ({ source: name, target: name })),
          filters: [],
          targetType: spec.type,
        },
      },
    ],
  };
}

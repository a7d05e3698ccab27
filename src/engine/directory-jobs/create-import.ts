import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { TAKEN } from '../../domain/directory-job.ts';
import { NO_CHOICE } from '../../domain/import-file.ts';
import { DEFAULT_BATCH_SIZE, DEFAULT_MODE } from '../../domain/job.ts';
import { requirePermission } from '../../domain/policy.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { DirectoryJob } from '../../store/entities/directory-job.ts';
import { ImportFile } from '../../store/entities/import-file.ts';
import type { JobTarget } from '../../store/entities/import-job.ts';
import { nameOfGivenFile } from '../../store/queries/given-file.ts';
import { companies, contacts } from '../../targets/directory.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { placeOf } from './place-of.ts';
import { insertJob } from '../jobs/insert-job.ts';
import { startJob } from '../jobs/start-job.ts';

export interface CreateDirectoryImportInput {
  /** What the file was uploaded as, or is going to be. */
  readonly uploadKey: string;
  readonly retries: number;
}

/**
 * Makes a job that brings the companies and contacts of an uploaded file into the directory, and has it started. That
 * there is such a file is found out by the job, which may wait for it.
 */
export async function createDirectoryImport(
  deps: Pick<EngineDeps, 'orm' | 'orchestrator'>,
  actor: Actor,
  { uploadKey, retries }: CreateDirectoryImportInput,
): Promise<string> {
  requirePermission(actor, 'system.import');
  const job = await deps.orm.em.fork().transactional(async (tx) => {
    const id = randomUUID();
    const file = tx.create(ImportFile, {
      id,
      tenantId: actor.tenantId,
      name: (await nameOfGivenFile(tx, actor.tenantId, uploadKey)) ?? 'unnamed',
      size: null,
      sha256: null,
      storageKey: TAKEN + id,
      charset: null,
      createdById: actor.userId,
      createdAt: new Date(),
    });
    await tx.flush();
    const created = await insertJob(tx, {
      id: randomUUID(),
      tenantId: actor.tenantId,
      userId: actor.userId,
      kind: 'import',
      profileId: null,
      file: { id: file.id, importerId: null, importerVersion: null },
      plan: {
        options: {
          batchSize: DEFAULT_BATCH_SIZE,
          timeoutSeconds: null,
          selectedTypes: null,
          filters: { dateFrom: null, dateTo: null, limit: null },
        },
        mode: DEFAULT_MODE,
        // What is referred to comes first.
        targets: [companies, contacts].map((spec, ordinal) => targetOf(spec, ordinal, file)),
      },
    });
    tx.create(DirectoryJob, { ...placeOf(created), retries, uploadKey });
    await tx.flush();
    await audit(tx, actor, 'job.created', { type: 'import_job', id: created.id }, { uploadKey });
    return created;
  });
  await startJob(deps, job);
  return job.id;
}

function targetOf(spec: TargetSpec, ordinal: number, file: ImportFile): JobTarget {
  return {
    ordinal,
    spec,
    query: {
      name: null,
      baseTable: file.name,
      joins: [],
      fields: spec.fields.map(({ name }) => ({ source: name, target: name })),
      filters: [],
      targetType: spec.type,
    },
    file: { fileId: file.id, directory: true, fields: [], key: ['uuid'], mapping: [], choice: NO_CHOICE },
  };
}

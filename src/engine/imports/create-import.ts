import type { EntityManager } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { AppError } from '../../domain/errors.ts';
import { placeName } from '../../domain/importer-source.ts';
import { NO_CHOICE } from '../../domain/import-file.ts';
import { DEFAULT_BATCH_SIZE, DEFAULT_MODE } from '../../domain/job.ts';
import type { ModeConfig } from '../../domain/job.ts';
import { requirePermission } from '../../domain/policy.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { ImportFile } from '../../store/entities/import-file.ts';
import type { ImportImporter } from '../../store/entities/import-importer.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { findImporter } from '../importers/find-importers.ts';
import { insertJob } from '../jobs/insert-job.ts';
import type { JobPlan } from '../jobs/job-plan.ts';
import { viewJob } from '../jobs/job-view.ts';
import type { JobView } from '../jobs/job-view.ts';
import { startJob } from '../jobs/start-job.ts';
import { findTarget } from '../targets/tenant-targets.ts';
import type { CreateImportInput, UploadedFile } from './import-input.ts';

const NAMELESS = 'unnamed';

/**
 * Makes a job that imports a file as an importer says, and has it started. The job keeps the importer as it is now.
 * Throws `not_found` for an importer that is not the tenant's.
 */
export async function createImport(deps: EngineDeps, actor: Actor, input: CreateImportInput): Promise<JobView> {
  requirePermission(actor, 'system.import');
  const em = deps.orm.em.fork();
  const job = await em.transactional(async (tx) => {
    const importer = await findImporter(tx, actor, input.importer);
    const spec = await targetOf(tx, importer);
    if (input.file === null && importer.definition.source.type === 'upload') throw mustBeUploaded(importer.slug);
    const file = input.file === null ? await fileToFetch(tx, actor, importer) : await keepFile(tx, actor, input.file);
    const created = await insertJob(tx, {
      id: randomUUID(),
      tenantId: actor.tenantId,
      userId: actor.userId,
      kind: input.kind ?? 'import',
      profileId: null,
      file: { id: file.id, importerId: importer.id, importerVersion: importer.version },
      plan: planOf(importer, spec, file, input),
    });
    const facts = { importerId: importer.id, ...(input.embedded === undefined ? {} : { byKey: true }) };
    await audit(tx, actor, 'job.created', { type: 'import_job', id: created.id }, facts);
    return created;
  });
  const started = await startJob(deps, job);
  return viewJob(deps.orm.em.fork(), deps.orchestrator, started);
}

async function targetOf(tx: EntityManager, { definition, spec, tenantId }: ImportImporter): Promise<TargetSpec> {
  const target = definition.target === null ? spec : await findTarget(tx, tenantId, definition.target);
  if (!target) throw new AppError('wrong_state', `The target ${definition.target} of this importer is gone.`);
  return target;
}

/** Writes down a file that lies in storage. */
async function keepFile(tx: EntityManager, actor: Actor, uploaded: UploadedFile): Promise<ImportFile> {
  const { key, name, size, sha256, charset } = uploaded;
  const file = tx.create(ImportFile, {
    id: randomUUID(),
    tenantId: actor.tenantId,
    name: name ?? NAMELESS,
    size,
    sha256,
    storageKey: key,
    charset,
    createdById: actor.userId,
    createdAt: new Date(),
  });
  await tx.flush();
  return file;
}

/** A file that the job is going to fetch. */
async function fileToFetch(tx: EntityManager, actor: Actor, { definition }: ImportImporter): Promise<ImportFile> {
  const id = randomUUID();
  const file = tx.create(ImportFile, {
    id,
    tenantId: actor.tenantId,
    name: placeName(definition.source),
    size: null,
    sha256: null,
    storageKey: `fetched/${id}`,
    charset: null,
    createdById: actor.userId,
    createdAt: new Date(),
  });
  await tx.flush();
  return file;
}

function mustBeUploaded(slug: string): AppError {
  return new AppError('bad_request', `The importer ${slug} has no source to fetch a file from: upload one.`);
}

function planOf({ definition }: ImportImporter, spec: TargetSpec, file: ImportFile, input: CreateImportInput): JobPlan {
  const { fields, key, mapping } = definition;
  return {
    options: {
      batchSize: input.batchSize ?? DEFAULT_BATCH_SIZE,
      timeoutSeconds: null,
      selectedTypes: null,
      filters: { dateFrom: null, dateTo: null, limit: null },
    },
    mode: modeOf(definition.duplicates),
    targets: [
      {
        ordinal: 0,
        spec,
        query: {
          name: definition.name,
          baseTable: file.name,
          joins: [],
          fields: fields.map(({ name }) => ({ source: name, target: name })),
          filters: [],
          targetType: spec.type,
        },
        file: {
          fileId: file.id,
          fields,
          key,
          mapping: input.mapping ?? mapping,
          choice: { ...NO_CHOICE, ...input.choice },
          ...(input.embedded === undefined ? {} : { embedded: input.embedded }),
        },
      },
    ],
  };
}

/** What becomes of a row whose key a record has already. */
function modeOf(duplicates: ImportImporter['definition']['duplicates']): ModeConfig {
  return { ...DEFAULT_MODE, importMode: duplicates === 'skip' ? 'create' : 'upsert' };
}

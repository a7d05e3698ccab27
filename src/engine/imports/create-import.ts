import type { EntityManager } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { AppError, invalid, notFound } from '../../domain/errors.ts';
import { heldFields } from '../../domain/importer.ts';
import type { ImporterInput } from '../../domain/importer.ts';
import { placeName } from '../../domain/importer-source.ts';
import { NO_CHOICE } from '../../domain/import-file.ts';
import type { MayMend } from '../../domain/import-file.ts';
import { DEFAULT_BATCH_SIZE } from '../../domain/job.ts';
import type { ModeConfig } from '../../domain/job.ts';
import { requirePermission, seesOwnJobsOnly } from '../../domain/policy.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { ImportFile } from '../../store/entities/import-file.ts';
import type { ImportImporter } from '../../store/entities/import-importer.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { findImporter } from '../importers/find-importers.ts';
import { insertJob } from '../jobs/insert-job.ts';
import { checkDetection, completeMode } from '../jobs/job-plan.ts';
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
    if (input.mends !== undefined) await mustMend(tx, actor, importer, input.mends);
    const mends = { run: input.mends ?? null, ownOnly: seesOwnJobsOnly(actor) };
    const created = await insertImport(tx, actor, importer, randomUUID(), input, mends);
    const facts = { importerId: importer.id, ...(input.embedded === undefined ? {} : { byKey: true }) };
    await audit(tx, actor, 'job.created', { type: 'import_job', id: created.id }, facts);
    return created;
  });
  const started = await startJob(deps, job);
  return viewJob(deps.orm.em.fork(), deps.orchestrator, started);
}

/**
 * Stores the job of an import in the caller's transaction. Throws `bad_request` when there is no file and none to fetch,
 * `wrong_state` when the importer's target is gone, `validation` for a mode that does not fit.
 * @param owner whose it is
 * @param mends of which imports the file may bring failed rows again; null: of none
 */
export async function insertImport(
  tx: EntityManager,
  owner: Owner,
  importer: ImportImporter,
  jobId: string,
  input: Omit<CreateImportInput, 'importer'>,
  mends: MayMend | null = null,
): Promise<ImportJob> {
  const spec = await targetOf(tx, importer);
  if (input.file === null && importer.definition.source.type === 'upload') throw mustBeUploaded(importer.slug);
  const file = input.file === null ? await fileToFetch(tx, owner, importer) : await keepFile(tx, owner, input.file);
  return insertJob(tx, {
    id: jobId,
    tenantId: owner.tenantId,
    userId: owner.userId,
    kind: input.kind ?? 'import',
    profileId: null,
    file: { id: file.id, importerId: importer.id, importerVersion: importer.version },
    plan: planOf(importer, spec, file, input, mends),
  });
}

type Owner = Pick<Actor, 'tenantId' | 'userId'>;

/** Throws `not_found` where somebody names an import that is none of his, or of another importer. */
async function mustMend(tx: EntityManager, actor: Actor, { id }: ImportImporter, number: number): Promise<void> {
  const job = await tx.findOne(
    ImportJob,
    { tenantId: actor.tenantId, importerId: id, number },
    { fields: ['createdById'] },
  );
  if (!job || (seesOwnJobsOnly(actor) && job.createdById !== actor.userId)) throw notFound('Ingest run');
}

/** What an importer's rows become. Throws `wrong_state` when that is gone. */
export async function targetOf(tx: EntityManager, { definition, spec, tenantId }: ImportImporter): Promise<TargetSpec> {
  const target = definition.target === null ? spec : await findTarget(tx, tenantId, definition.target);
  if (!target) throw new AppError('wrong_state', `The target ${definition.target} of this importer is gone.`);
  return target;
}

/** Writes down a file that lies in storage. */
export async function keepFile(tx: EntityManager, owner: Owner, uploaded: UploadedFile): Promise<ImportFile> {
  const { key, name, size, sha256, charset } = uploaded;
  const file = tx.create(ImportFile, {
    id: randomUUID(),
    tenantId: owner.tenantId,
    name: name ?? NAMELESS,
    size,
    sha256,
    storageKey: key,
    charset,
    createdById: owner.userId,
    createdAt: new Date(),
  });
  await tx.flush();
  return file;
}

/** A file that the job is going to fetch. */
async function fileToFetch(tx: EntityManager, owner: Owner, { definition }: ImportImporter): Promise<ImportFile> {
  const id = randomUUID();
  const file = tx.create(ImportFile, {
    id,
    tenantId: owner.tenantId,
    name: placeName(definition.source),
    size: null,
    sha256: null,
    storageKey: `fetched/${id}`,
    charset: null,
    createdById: owner.userId,
    createdAt: new Date(),
  });
  await tx.flush();
  return file;
}

function mustBeUploaded(slug: string): AppError {
  return new AppError('bad_request', `The importer ${slug} has no source to fetch a file from: upload one.`);
}

/** How a job reads a file and writes its rows, as an importer's definition says. */
export function planOf(
  { definition }: Pick<ImportImporter, 'definition'>,
  spec: TargetSpec,
  file: ImportFile,
  input: Omit<CreateImportInput, 'importer'>,
  mends: MayMend | null,
): JobPlan {
  const { fields, key, mapping } = definition;
  return {
    options: {
      batchSize: input.batchSize ?? DEFAULT_BATCH_SIZE,
      timeoutSeconds: input.timeoutSeconds ?? null,
      selectedTypes: null,
      filters: { dateFrom: null, dateTo: null, limit: null },
    },
    mode: modeOf(definition, spec, input.mode),
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
          fields: heldFields(definition, spec),
          key,
          mapping: input.mapping ?? mapping,
          choice: { ...NO_CHOICE, ...input.choice },
          ...(input.embedded === undefined ? {} : { embedded: input.embedded }),
          ...(input.file !== null && input.embedded === undefined && mends && { mends }),
        },
      },
    ],
  };
}

/**
 * What becomes of a row whose key a record has already, as the importer says, and of one that is like a record, as was
 * asked. Throws `validation` with every mistake.
 */
export function modeOf(
  { duplicates, newerBy, fields, key }: Pick<ImporterInput, 'duplicates' | 'newerBy' | 'fields' | 'key'>,
  spec: TargetSpec,
  asked: CreateImportInput['mode'],
): ModeConfig {
  const importMode = asked?.importMode ?? (duplicates === 'skip' ? 'create' : 'upsert');
  const mode = completeMode({ ...asked, importMode });
  const mistakes: Record<string, string[]> = {};
  checkDetection(mode, [spec], (field, text) => void (mistakes[field] ??= []).push(text));
  if (mode.sourceIdentifierField !== null) {
    const text = 'Rows of a file are known by the key of their importer.';
    (mistakes['mode_config.source_identifier_field'] ??= []).push(text);
  }
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
  if (duplicates === 'fail') return { ...mode, existing: { rule: 'fail', key } };
  const by = fields.find(({ name }) => name === newerBy);
  if (duplicates !== 'update_if_newer' || !by) return mode;
  const byNumber = by.type === 'integer' || by.type === 'number';
  return { ...mode, existing: { rule: 'if_newer', newerBy: by.name, byNumber } };
}

import type { EntityManager } from '@mikro-orm/postgresql';
import { isFinal } from '../../domain/job.ts';
import type { JobStatus } from '../../domain/job.ts';
import { isOwn, isSourceIdentifier } from '../../domain/target.ts';
import type { TargetSpec } from '../../domain/target.ts';
import type { Candidate } from '../../rows/candidate.ts';
import type { ExactKey } from '../../rows/exact-keys.ts';
import type { Likeness } from '../../rows/likeness.ts';
import type { ChunkContext } from '../commit/chunk.ts';
import { findLikeness } from '../commit/likeness.ts';
import type { RowKeys } from '../commit/likeness.ts';
import { aliasOf, findByIdentifier, findByKeys, identifiedSql } from '../commit/probe.ts';
import type { ImportJob, JobTarget } from '../entities/import-job.ts';
import { qualified, quoted } from '../identifier.ts';

/**
 * A plan writes as an import does, but into a mirror of the target: a table of its own, shaped like the target's, that
 * holds the records its rows have met, as they were then and as its rows changed them since. So later rows meet what
 * earlier ones would have left, and the target itself is only read. A validation does so where its rows may meet each
 * other's records; else it writes into the target and takes it back.
 */
const SCHEMA = 'lading_plan';

/**
 * The mirror of one of a job's targets, as a target, which a plan has and a validation may have; null for other jobs, and
 * for a table of somebody else's, see `rehearse`. Its type is its own too: aliases are kept under it.
 */
export function mirrorOf(
  { kind, number }: Pick<ImportJob, 'kind' | 'number'>,
  { ordinal, spec }: Pick<JobTarget, 'ordinal' | 'spec'>,
): TargetSpec | null {
  if ((kind !== 'plan' && kind !== 'validate') || isOwn(spec)) return null;
  return { ...spec, type: `plan ${number} ${spec.type}`, schema: SCHEMA, table: `job_${number}_${ordinal}` };
}

/** Those mirrors of a job's targets that were made, by the type of what they mirror. */
export async function mirrorsOf(em: EntityManager, job: ImportJob): Promise<ReadonlyMap<string, TargetSpec>> {
  const mirrors = new Map<string, TargetSpec>();
  for (const target of job.targets) {
    const mirror = mirrorOf(job, target);
    if (!mirror) continue;
    const [row]: { made: boolean }[] = await em.execute(`select to_regclass(?) is not null as "made"`, [
      qualified(mirror.schema, mirror.table),
    ]);
    if (row?.made === true) mirrors.set(target.spec.type, mirror);
  }
  return mirrors;
}

/**
 * Makes the mirror of a target, where it has one, empty, in the caller's transaction, which holds the job's row. It lives
 * until the job has ended; for one that has, none is made.
 */
export async function createMirror(tx: EntityManager, job: ImportJob, target: JobTarget): Promise<void> {
  const { spec } = target;
  const mirror = mirrorOf(job, target);
  if (!mirror) return;
  const [now]: { status: JobStatus }[] = await tx.execute(`select "status" from "import_jobs" where "id" = ?`, [
    job.id,
  ]);
  if (!now || isFinal(now.status)) return;
  await tx.execute(
    `create table ${qualified(mirror.schema, mirror.table)} (like ${qualified(spec.schema, spec.table)} including all)`,
  );
}

/** Removes all that a job has mirrored. */
export async function dropMirrors(tx: EntityManager, job: ImportJob): Promise<void> {
  for (const target of job.targets) {
    const mirror = mirrorOf(job, target);
    if (!mirror) continue;
    await tx.execute(`drop table if exists ${qualified(mirror.schema, mirror.table)}`);
    await tx.execute(`delete from "import_aliases" where "tenant_id" = ? and "target_type" = ?`, [
      job.tenantId,
      mirror.type,
    ]);
  }
}

/** Rows, and by what they may meet records. */
export interface Meeting {
  readonly rows: readonly Candidate[];
  readonly identifiers: readonly string[];
  readonly keys: readonly ExactKey[];
  readonly rowKeys: RowKeys | undefined;
}

/**
 * Brings what rows may meet in the target into its mirror, as it is now. What is there already stays as the plan has
 * left it; of those that share a key the oldest that is not there comes.
 */
export async function mirrorRecords(
  context: ChunkContext,
  target: TargetSpec,
  { rows, identifiers, keys, rowKeys }: Meeting,
): Promise<void> {
  const { client, tenantId, sourceId, spec: mirror, identifierField } = context;
  const real = { ...context, spec: target };
  const known = await findByIdentifier(real, target, identifierField, identifiers);
  const holders = keys.length === 0 ? [] : await findByKeys(real, keys, rows, mirror);
  const alike = rowKeys ? await findLikeness(real, rows, rowKeys) : new Map<number, Likeness>();
  const ids = [...known.values()].map(({ id }) => id).concat(holders.flatMap((held) => [...held.values()]));
  for (const { targetId } of alike.values()) if (targetId !== null) ids.push(targetId);
  if (!isSourceIdentifier(target, identifierField)) ids.push(...(await findOwners(real, rows)));
  if (ids.length === 0) return;
  const fields = mirror.fields.map(({ column }) => column);
  const columns = ['id', 'tenant_id', 'source_id', ...fields, 'source_hash', 'created_at', 'updated_at'].map(quoted);
  await client.query(
    `insert into ${qualified(mirror.schema, mirror.table)} (${columns.join(', ')})
     select ${columns.join(', ')} from ${qualified(target.schema, target.table)} where "tenant_id" = $1 and "id" = any($2::uuid[])
     on conflict do nothing`,
    [tenantId, ids],
  );
  await client.query(
    `insert into "import_aliases" ("tenant_id", "target_type", "source_id", "external_id", "target_id", "source_hash")
     select "tenant_id", $4, "source_id", "external_id", "target_id", "source_hash" from "import_aliases"
     where "tenant_id" = $1 and "target_type" = $2 and "source_id" = $3 and "external_id" = any($5::text[])
     on conflict do nothing`,
    [
      tenantId,
      target.type,
      sourceId,
      mirror.type,
      identifiers.map((identifier) => aliasOf(identifierField, identifier)),
    ],
  );
}

/** The records that have the identities rows would write: where rows are known by something else, the two may collide. */
async function findOwners(
  { client, tenantId, sourceId, spec }: ChunkContext,
  rows: readonly Candidate[],
): Promise<string[]> {
  const at = spec.fields.findIndex(({ name }) => isSourceIdentifier(spec, name));
  const identities = rows.flatMap(({ values }) => values[at] ?? []);
  const owners = await client.query<{ id: string }>(
    `select "id" from ${qualified(spec.schema, spec.table)}
     where ${identifiedSql(spec, '$3')}`,
    [tenantId, sourceId, identities],
  );
  return owners.rows.map(({ id }) => id);
}

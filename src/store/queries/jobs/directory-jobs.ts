import type { EntityManager } from '@mikro-orm/postgresql';
import type { DirectoryPhase } from '../../../domain/directory-job.ts';
import type { JobKind } from '../../../domain/job.ts';
import { hasEnded } from './has-ended.ts';

/** Notes that work on a job begins, for the first time or again. A job that is none of the directory has no such note. */
export async function beginAttempt(em: EntityManager, jobId: string): Promise<void> {
  await em.execute(
    `update "directory_jobs" set "begun" = true, "waiting" = false
     where "job_id" = ? and not ("begun" and not "waiting")`,
    [jobId],
    'run',
  );
}

/** Counts a failure of a job of the directory; null for a job that is none. It waits when it may be tried again. */
export async function countFailure(
  em: EntityManager,
  jobId: string,
  message: string,
): Promise<{ failures: number; retries: number } | null> {
  const [row]: { failures: number; retries: number }[] = await em.execute(
    `update "directory_jobs" set "failures" = "failures" + 1, "waiting" = "failures" < "retries", "last_failure" = ?
     where "job_id" = ? returning "failures", "retries"`,
    [message, jobId],
  );
  return row ?? null;
}

/** Which jobs of the directory are looked for. */
export interface DirectoryJobFilter {
  readonly tenantId: string;
  /** Null: whoever made them. */
  readonly userId: string | null;
  readonly kind: JobKind | null;
  readonly phases: readonly DirectoryPhase[] | null;
}

export interface DirectoryJobPhase {
  readonly jobId: string;
  readonly phase: DirectoryPhase;
}

const PHASE = `
  case
    when "j"."status" in ('pending', 'paused', 'completed', 'failed', 'cancelled') then "j"."status"
    when "d"."waiting" then 'retry_queued'
    when "d"."failures" > 0 and "d"."retries" > 0 then 'retrying'
    when "d"."begun" then 'running'
    else 'queued'
  end`;

/** A page of the jobs of the directory, newest first. */
export async function listDirectoryJobs(
  em: EntityManager,
  { tenantId, userId, kind, phases }: DirectoryJobFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<DirectoryJobPhase[]> {
  const rows: { id: string; phase: DirectoryPhase }[] = await em.execute(
    `select * from (
       select "d"."job_id" as "id", "d"."number", ${PHASE} as "phase"
       from "directory_jobs" as "d" join "import_jobs" as "j" on "j"."id" = "d"."job_id"
       where "d"."tenant_id" = ?::uuid and (?::uuid is null or "j"."created_by_id" = ?::uuid)
         and (?::text is null or "j"."kind" = ?::text)
     ) as "jobs"
     where ?::text[] is null or "phase" = any(?::text[])
     order by "number" desc limit ? offset ?`,
    [tenantId, userId, userId, kind, kind, listOf(phases), listOf(phases), limit, offset],
  );
  return rows.map(({ id, phase }) => ({ jobId: id, phase }));
}

/** How some jobs stand. */
export async function phasesOfJobs(em: EntityManager, jobIds: readonly string[]): Promise<DirectoryJobPhase[]> {
  const rows: { id: string; phase: DirectoryPhase }[] = await em.execute(
    `select "j"."id", ${PHASE} as "phase"
     from "directory_jobs" as "d" join "import_jobs" as "j" on "j"."id" = "d"."job_id" where "j"."id" = any(?::uuid[])`,
    [`{${jobIds.join(',')}}`],
  );
  return rows.map(({ id, phase }) => ({ jobId: id, phase }));
}

/**
 * Of some keys those that no job has as its export and none is going to have.
 * @param prefix what they begin with; a job's id follows, and a slash
 */
export async function strayExports(em: EntityManager, prefix: string, keys: readonly string[]): Promise<string[]> {
  const rows: { key: string }[] = await em.execute(
    `select "key" from jsonb_array_elements_text(?::jsonb) as "key"
     where not exists (
       select from "import_jobs" as "j" left join "directory_jobs" as "d" on "d"."job_id" = "j"."id"
       where "j"."id"::text = split_part(substr("key", ?), '/', 1)
         and (not ${hasEnded('"j"."status"')} or "d"."result"->>'key' = "key"))`,
    [JSON.stringify(keys), prefix.length + 1],
  );
  return rows.map(({ key }) => key);
}

/** Of some keys of files that imports took those that no file has, nor has been made of one. */
export async function strayFiles(em: EntityManager, keys: readonly string[]): Promise<string[]> {
  const rows: { key: string }[] = await em.execute(
    `select "key" from jsonb_array_elements_text(?::jsonb) as "key"
     where not exists (
       select from "import_files" where "storage_key" = regexp_replace("key", '\\.(table|unpacked)$', ''))`,
    [JSON.stringify(keys)],
  );
  return rows.map(({ key }) => key);
}

/** Rows of a file that was imported: all of them, and those of which nothing was taken. */
export interface ImportedRows {
  readonly jobId: string;
  readonly rows: number;
  readonly failed: number;
}

/** The same of some imports, whose targets read the same rows. */
export async function countImportedRows(em: EntityManager, jobIds: readonly string[]): Promise<ImportedRows[]> {
  const rows: { id: string; rows: string; failed: string }[] = await em.execute(
    `select "j"."id", (
         select coalesce(max("rows"), 0) from (
           select sum("rows_done") as "rows" from "import_partitions" where "job_id" = "j"."id" group by "target_ordinal"
         ) as "targets"
       ) as "rows", (
         select count(distinct "row_number") from "import_records"
         where "job_number" = "j"."number" and "action" = 'failed'
       ) as "failed"
     from "import_jobs" as "j" where "j"."id" = any(?::uuid[]) and "j"."kind" = 'import'`,
    [`{${jobIds.join(',')}}`],
  );
  return rows.map((row) => ({ jobId: row.id, rows: Number(row.rows), failed: Number(row.failed) }));
}

/** The names of phases hold nothing that would have to be escaped. */
function listOf(phases: readonly DirectoryPhase[] | null): string | null {
  return phases === null ? null : `{${phases.join(',')}}`;
}

import type { EntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../../domain/errors.ts';
import { NO_UNDOS } from '../../../domain/rollback.ts';
import type { UndoableAction, UndoCounts, UndoOutcome } from '../../../domain/rollback.ts';
import { isOwn } from '../../../domain/target.ts';
import type { TargetSpec } from '../../../domain/target.ts';
import { qualified } from '../../identifier.ts';
import { ImportJob } from '../../entities/import-job.ts';
import { isChosen } from '../../undo/chosen.ts';
import { inEffect } from '../../undo/entry.ts';
import type { JobTarget } from '../../entities/import-job.ts';
import { storeTargetPlan } from './plan.ts';

/** Rows of one partition: enough to be worth an activity, few enough that many workers share a large job. */
const PARTITION_ROWS = 50_000;

/** The job that a rollback undoes, and the import whose rows these are: another one when a rollback is undone. */
export async function importBehind(
  em: EntityManager,
  job: ImportJob,
): Promise<{ readonly undone: ImportJob; readonly original: ImportJob }> {
  const fork = em.fork();
  const undone = job.parentJobId ? await fork.findOne(ImportJob, { id: job.parentJobId }) : null;
  const original =
    undone?.kind === 'rollback' && undone.parentJobId
      ? await fork.findOne(ImportJob, { id: undone.parentJobId })
      : undone;
  if (!undone || !original) throw new AppError('not_found', 'The job that is to be rolled back was deleted.');
  return { undone, original };
}

/** Counts the rows of a target that a rollback is to undo and stores the ranges it goes through. Repeatable. */
export async function planRollbackTarget(em: EntityManager, job: ImportJob, target: JobTarget): Promise<void> {
  const { undone, original } = await importBehind(em, job);
  const redo = undone.kind === 'rollback';
  const size = (await mayRunAside(em, target.spec)) ? PARTITION_ROWS : Number.MAX_SAFE_INTEGER;
  const rows: { part: string; rows: string }[] = await em.fork().execute(
    redo
      ? `select ("row_number" - 1) / ${size} as "part", count(*) as "rows" from "import_undos"
         where "undone_number" = ? and "job_number" = ? and "target_ordinal" = ? and ${inEffect('import_undos')}
         group by 1 order by 1`
      : `select ("r"."row_number" - 1) / ${size} as "part", count(*) as "rows" from "import_records" as "r"
         where "r"."job_number" = ? and "r"."action" = any(?::import_action[]) and "r"."target_ordinal" = ?
           ${job.rollback?.chosen === true ? `and ${isChosen(job.number, '"r"')}` : ''}
           and not exists (select from "import_undos" as "u" where "u"."undone_number" = "r"."job_number"
             and "u"."target_ordinal" = "r"."target_ordinal" and "u"."row_number" = "r"."row_number" and ${inEffect('u')})
         group by 1 order by 1`,
    redo
      ? [original.number, undone.number, target.ordinal]
      : [original.number, `{${(job.rollback?.targetActions ?? []).join(',')}}`, target.ordinal],
  );
  const ranges = rows.map(({ part, rows: count }) => ({
    after: [String(Number(part) * size)],
    upTo: [String((Number(part) + 1) * size)],
    rows: Number(count),
  }));
  // Where the last rows are undone first, so are the last ranges.
  const ordered = redo ? ranges : ranges.toReversed();
  await storeTargetPlan(em, job, target, {
    total: ranges.reduce((sum, range) => sum + range.rows, 0),
    ranges: ordered.length > 0 ? ordered : [{ after: ['0'], upTo: ['0'], rows: 0 }],
    query: null,
    reading: redo ? 'From the first row of the ledger to the last.' : 'From the last row of the ledger to the first.',
  });
}

/**
 * Whether parts of a rollback may run beside each other. Where a value is unique that does not identify a record, one
 * may only have it back after another has given it up, so there the rows go strictly from the last to the first; so they
 * do where rows refer to rows of their own table. An import may write any key but that of ours.
 */
async function mayRunAside(em: EntityManager, spec: TargetSpec): Promise<boolean> {
  const { schema, table, identity, fields } = spec;
  const identifying = fields.filter(({ name }) => identity.includes(name)).map(({ column }) => column);
  const [row]: { aside: boolean }[] = await em.fork().execute(
    `select not exists (
       select from "pg_index" as "i" join "pg_class" as "c" on "c"."oid" = "i"."indrelid"
       join "pg_namespace" as "n" on "n"."oid" = "c"."relnamespace"
       where "n"."nspname" = ? and "c"."relname" = ? ${isOwn(spec) ? '' : 'and not "i"."indisprimary"'}
         and ("i"."indisexclusion" or "i"."indisunique" and ("i"."indexprs" is not null or not exists (
           select from "pg_attribute" as "a"
           where "a"."attrelid" = "c"."oid" and "a"."attnum" = any("i"."indkey") and "a"."attname" in (select jsonb_array_elements_text(?::jsonb)))))
     ) and not exists (
       select from "pg_constraint" where "contype" = 'f' and "conrelid" = to_regclass(?) and "confrelid" = "conrelid"
     ) as "aside"`,
    [schema, table, JSON.stringify(identifying), qualified(schema, table)],
  );
  return row?.aside === true;
}

/** The rows of rollbacks by what became of them. */
export async function undoCounts(em: EntityManager, jobIds: readonly string[]): Promise<UndoCounts> {
  const rows: { outcome: UndoOutcome; rows: string }[] = await em.fork().execute(
    `select "o"."key" as "outcome", sum("o"."value"::bigint) as "rows"
     from "import_partitions" as "p" cross join jsonb_each_text("p"."undo_outcomes") as "o"
     where "p"."job_id" = any(?::uuid[]) group by 1`,
    [`{${jobIds.join(',')}}`],
  );
  return { ...NO_UNDOS, ...Object.fromEntries(rows.map((row) => [row.outcome, Number(row.rows)])) };
}

/** How many rows of a job a rollback of it goes through: those that its checkpoints count, less those that are undone. */
export async function undoableRows(
  em: EntityManager,
  job: ImportJob,
  actions: readonly UndoableAction[],
): Promise<number> {
  const redo = job.kind === 'rollback';
  const counted = redo
    ? `coalesce(("undo_outcomes"->>'reversed')::bigint, 0)`
    : actions.map((action) => `"${action}"`).join(' + ');
  const asked = redo
    ? ''
    : `and exists (select from "import_records" as "r"
         where "r"."job_number" = "u"."undone_number" and "r"."target_ordinal" = "u"."target_ordinal"
           and "r"."row_number" = "u"."row_number" and "r"."action" = any(?::import_action[]) offset 0)`;
  const [row]: { rows: string }[] = await em.execute(
    `select coalesce((select sum(${counted}) from "import_partitions" where "job_id" = ?), 0)
       - (select count(*) from "import_undos" as "u" where "u"."undone_number" = ? and ${inEffect('u')} ${asked}) as "rows"`,
    [job.id, job.number, ...(redo ? [] : [`{${actions.join(',')}}`])],
  );
  return Number(row?.rows ?? 0);
}

/** What a rollback made of a row, as it is listed. */
export interface UndoneRow {
  readonly targetOrdinal: number;
  readonly rowNumber: number;
  readonly sourceIdentifier: string | null;
  readonly targetId: string;
  readonly action: UndoableAction;
  readonly outcome: UndoOutcome;
  readonly reason: string | null;
  readonly supersededBy: string | null;
  readonly at: Date;
}

interface Row {
  readonly target_ordinal: number;
  readonly row_number: string;
  readonly source_identifier: string | null;
  readonly target_id: string;
  readonly action: UndoableAction;
  readonly outcome: UndoOutcome;
  readonly reason: string | null;
  readonly superseded_by: string | null;
  readonly at: string | Date;
}

/** A page of what a rollback made of the rows of an import, in their order. */
export async function undoneRows(
  em: EntityManager,
  numbers: { readonly rollback: number; readonly undone: number; readonly original: number },
  outcome: UndoOutcome | null,
  page: { readonly limit: number; readonly offset: number },
): Promise<UndoneRow[]> {
  const rows: Row[] = await em.fork().execute(
    `select "u"."target_ordinal", "u"."row_number", "r"."source_identifier", "u"."target_id", "r"."action"::text,
       "u"."outcome", "u"."reason", "s"."id" as "superseded_by", "u"."created_at" as "at"
     from (
       select * from "import_undos"
       where "undone_number" = ? and "job_number" = ? ${outcome === null ? '' : `and "outcome" = ?`}
         ${outcome === null || outcome === 'reversed' ? '' : `and "outcome" <> 'reversed'`}
       order by "target_ordinal", "row_number" limit ? offset ?
     ) as "u"
     join "import_records" as "r" on "r"."job_number" = ? and "r"."target_ordinal" = "u"."target_ordinal"
       and "r"."row_number" = "u"."row_number"
     left join "import_jobs" as "s" on "s"."number" = "u"."superseded_by"
     order by "u"."target_ordinal", "u"."row_number"`,
    [
      numbers.undone,
      numbers.rollback,
      ...(outcome === null ? [] : [outcome]),
      page.limit,
      page.offset,
      numbers.original,
    ],
  );
  return rows.map((row) => ({
    targetOrdinal: row.target_ordinal,
    rowNumber: Number(row.row_number),
    sourceIdentifier: row.source_identifier,
    targetId: row.target_id,
    action: row.action,
    outcome: row.outcome,
    reason: row.reason,
    supersededBy: row.superseded_by,
    at: new Date(row.at),
  }));
}

import { isOwn } from '../../domain/target.ts';
import { qualified } from '../identifier.ts';
import { foundById } from '../records-sql.ts';
import { aliasOf } from '../commit/probe.ts';
import { chosenOnly } from './chosen.ts';
import type { UndoContext } from './context.ts';
import { inEffect } from './entry.ts';

const SAVED = `"import_undo_aliases" ("job_number", "target_ordinal", "tenant_id", "target_type", "source_id",
  "external_id", "target_id", "source_hash", "created_at")`;
const ALIAS = `"a"."tenant_id", "a"."target_type", "a"."source_id", "a"."external_id", "a"."target_id"`;

/**
 * Forgets under which records the import's rows are known: aliases of records that are gone, those that the rows
 * brought, and puts the hashes back of those they renewed. What was there is kept, for a redo. `goneAsMade` says that the
 * records of all rows of the page are gone.
 */
export async function forgetAliases(
  context: UndoContext,
  scanned: { readonly after: number; readonly upTo: number },
  goneAsMade: boolean,
): Promise<void> {
  const { client, tenantId, spec, jobNumber, targetOrdinal } = context;
  const gone = goneAsMade ? `"undo_page"` : `(select * from "undo_records" where "made" and "outcome" = 'reversed')`;
  const { rows } = await client.query<{ any: boolean }>(
    `select exists (select from "import_aliases" where "tenant_id" = $1 and "target_type" = $2) as "any"`,
    [tenantId, spec.type],
  );
  if (rows[0]?.any !== true) return;
  await client.query(
    `with "gone" as (
       delete from "import_aliases" as "a" using ${gone} as "d"
       where "a"."target_id" = "d"."record_id" and "a"."tenant_id" = $3 and "a"."target_type" = $4
       returning ${ALIAS}, "a"."source_hash", "a"."created_at"
     )
     insert into ${SAVED} select $1, $2, "gone".* from "gone"`,
    [jobNumber, targetOrdinal, tenantId, spec.type],
  );
  // Rows of an own table have no hash beside the alias's.
  if (!isOwn(spec) && !goneAsMade) await renewOwners(context);
  await forgetLearnt(context, scanned);
}

/** Where a row is known by an alias as the record it made, the two have one hash and only move together. */
async function renewOwners({
  client,
  tenantId,
  spec,
  jobNumber,
  targetOrdinal,
  undoneNumber,
}: UndoContext): Promise<void> {
  await client.query(
    `with "moved" as (
       update "import_aliases" as "a" set "source_hash" = "t"."source_hash"
       from "undo_records" as "d" join "import_undos" as "u" on "u"."undone_number" = $5 and "u"."target_ordinal" = $2
         and "u"."row_number" = "d"."row_number" and "u"."job_number" = $1
       join ${qualified(spec.schema, spec.table)} as "t" on "t"."id" = "d"."record_id"
         and ${foundById('"t"."tenant_id"', '$3')}
       where "d"."outcome" = 'reversed' and not "d"."made" and "a"."target_id" = "d"."record_id"
         and "a"."tenant_id" = $3 and "a"."target_type" = $4 and "a"."source_id" = "t"."source_id"
         and "a"."source_hash" = decode("u"."before_image"->>'source_hash', 'hex')
         and "a"."source_hash" is distinct from "t"."source_hash"
       returning ${ALIAS}, "old"."source_hash", "a"."created_at"
     )
     insert into ${SAVED} select $1, $2, "moved".* from "moved"`,
    [jobNumber, targetOrdinal, tenantId, spec.type, undoneNumber],
  );
}

/**
 * What the rows of the import themselves learnt, the skipped ones too: an alias as old as its row's entry is the row's
 * own; an older one gets back the hash of the entry before, or none, with which the row is looked at anew.
 */
async function forgetLearnt(
  context: UndoContext,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): Promise<void> {
  const { client, tenantId, sourceId, spec, jobNumber, targetOrdinal, importNumber, identifierField } = context;
  if (sourceId === null || identifierField === null) return;
  const learnt = `
    from "import_records" as "r"
    where "r"."job_number" = $5 and "r"."target_ordinal" = $2 and "r"."row_number" > $6 and "r"."row_number" <= $7
      and "a"."tenant_id" = $3 and "a"."target_type" = $4 and "a"."source_id" = $8
      and "a"."external_id" = $9::text || "r"."source_identifier" and "a"."target_id" = "r"."target_id"
      and "a"."source_hash" = "r"."source_hash" ${chosenOnly(context, '"r"')}
      and ("r"."action" = 'skipped' or exists (
        select from "import_undos" as "u" where "u"."undone_number" = $5 and "u"."target_ordinal" = $2
          and "u"."row_number" = "r"."row_number" and "u"."job_number" = $1 and "u"."outcome" = 'reversed'))`;
  const values = [
    jobNumber,
    targetOrdinal,
    tenantId,
    spec.type,
    importNumber,
    after,
    upTo,
    sourceId,
    aliasOf(identifierField, ''),
  ];
  await client.query(
    `with "gone" as (
       delete from "import_aliases" as "a" using "import_records" as "r"
       ${learnt.replace('from "import_records" as "r"', '')} and "a"."created_at" = "r"."created_at"
       returning ${ALIAS}, "a"."source_hash", "a"."created_at"
     )
     insert into ${SAVED} select $1, $2, "gone".* from "gone"`,
    values,
  );
  await client.query(
    `with "renewed" as (
       update "import_aliases" as "a" set "source_hash" = (
         select "e"."source_hash" from "import_records" as "e"
         where "e"."target_id" = "a"."target_id" and "e"."source_identifier" = "r"."source_identifier"
           and "e"."action" in ('created', 'updated') and "e"."created_at" < "r"."created_at"
           and not exists (select from "import_undos" as "gone" where "gone"."undone_number" = "e"."job_number"
             and "gone"."target_ordinal" = "e"."target_ordinal" and "gone"."row_number" = "e"."row_number"
             and ${inEffect('gone')})
           and exists (select from "import_jobs" as "theirs" join "import_jobs" as "ours" on "ours"."number" = $5
             and "ours"."profile_id" is not distinct from "theirs"."profile_id"
             where "theirs"."number" = "e"."job_number")
         order by "e"."created_at" desc limit 1)
       ${learnt} and "a"."created_at" < "r"."created_at" and "r"."action" = 'updated'
       returning ${ALIAS}, "old"."source_hash", "a"."created_at"
     )
     insert into ${SAVED} select $1, $2, "renewed".* from "renewed"`,
    values,
  );
}

/** Brings back the aliases that the rollback which is undone had forgotten or changed. */
export async function rememberAliases({ client, undoneNumber, targetOrdinal }: UndoContext): Promise<void> {
  await client.query(
    `insert into "import_aliases" as "a"
       ("tenant_id", "target_type", "source_id", "external_id", "target_id", "source_hash", "created_at")
     select distinct on ("tenant_id", "target_type", "source_id", "external_id")
       "tenant_id", "target_type", "source_id", "external_id", "target_id", "source_hash", "created_at"
     from "import_undo_aliases" where "job_number" = $1 and "target_ordinal" = $2
     order by "tenant_id", "target_type", "source_id", "external_id", "id"
     on conflict ("tenant_id", "target_type", "source_id", "external_id") do update
       set "source_hash" = excluded."source_hash" where "a"."target_id" = excluded."target_id"`,
    [undoneNumber, targetOrdinal],
  );
}

import { exactKeyOf, exactKeys } from '../../rows/exact-keys.ts';
import type { Candidate } from '../../rows/candidate.ts';
import type { Likeness } from '../../rows/likeness.ts';
import { exactMatch, MatchedText } from '../../rows/likeness.ts';
import { recordsSql } from '../records-sql.ts';
import type { ChunkContext } from './chunk.ts';
import { ledgerOf } from './ledger.ts';
import { findByKeys } from './probe.ts';

/** What the match pass knows the rows of a chunk by, by their numbers. */
export type RowKeys = ReadonlyMap<number, string>;

/**
 * What the match pass found of rows, by their numbers; those it found nobody like are left out. A row whose key it does
 * not know has changed at the source since, and is nobody's like. What others made of the target while the pass ran, it
 * cannot have seen: that is looked at now, by exact keys.
 */
export async function findLikeness(
  context: ChunkContext,
  rows: readonly Candidate[],
  rowKeys: RowKeys,
): Promise<Map<number, Likeness>> {
  const keys = rows.flatMap((row) => rowKeys.get(row.rowNumber) ?? []);
  const found = context.results?.of(keys) ?? (await readResults(context, keys));
  const there = await stillThere(context, new Set([...found.values()].flatMap(({ targetId }) => targetId ?? [])));
  const likeness = new Map<number, Likeness>();
  const strangers: Candidate[] = [];
  for (const row of rows) {
    const like = found.get(rowKeys.get(row.rowNumber) ?? '');
    const isThere = like !== undefined && like.targetId !== null && there.has(like.targetId);
    if (like) likeness.set(row.rowNumber, isThere ? like : { ...like, targetId: null });
    if (!isThere) strangers.push(row);
  }
  for (const [rowNumber, like] of await findLateComers(context, strangers)) likeness.set(rowNumber, like);
  return likeness;
}

/** What was written down of rows, by their keys. */
async function readResults(
  { client, jobNumber, targetOrdinal }: ChunkContext,
  keys: readonly string[],
): Promise<Map<string, Likeness>> {
  // One by one: the tables have just been filled, and joins would go by statistics there are none of yet.
  const { rows } = await client.query<[string, string, boolean, string, string | null]>({
    rowMode: 'array',
    text: `
      select "k"."row_key", "r"."group_key", "r"."review", "r"."matched", "g"."target_id"
      from unnest($3::uuid[]) as "k" ("row_key")
      cross join lateral (
        select * from "import_match_results"
        where "job_number" = $1 and "target_ordinal" = $2 and "row_key" = "k"."row_key" limit 1
      ) as "r"
      left join lateral (
        select "target_id" from "import_match_groups"
        where "job_number" = $1 and "target_ordinal" = $2 and "group_key" = "r"."group_key" limit 1
      ) as "g" on true`,
    values: [jobNumber, targetOrdinal, keys],
  });
  return new Map(
    rows.map(([rowKey, group, review, matched, targetId]) => [
      rowKey,
      { group, targetId, review, matched: new MatchedText(matched) },
    ]),
  );
}

/** Which of some records there are. */
async function stillThere({ client, tenantId, spec }: ChunkContext, ids: ReadonlySet<string>): Promise<Set<string>> {
  if (ids.size === 0) return new Set();
  const { from, id, found } = recordsSql(spec);
  const { rows } = await client.query<[string]>({
    rowMode: 'array',
    text: `select "k"."id"::text from unnest($2::uuid[]) as "k" ("id")
      cross join lateral (select from ${from} where ${id} = "k"."id" and ${found('$1')} limit 1) as "known"`,
    values: [tenantId, [...ids]],
  });
  return new Set(rows.map(([known]) => known));
}

/** Remembers which records groups of like rows have become. */
export async function writeGroups(context: ChunkContext, groups: ReadonlyMap<string, string>): Promise<void> {
  if (groups.size === 0) return;
  context.results?.become(groups);
  await context.client.query(
    `update "import_match_groups" as "g" set "target_id" = "n"."target_id"
     from unnest($3::uuid[], $4::uuid[]) as "n" ("group_key", "target_id")
     where "g"."job_number" = $1 and "g"."target_ordinal" = $2 and "g"."group_key" = "n"."group_key"`,
    [context.jobNumber, context.targetOrdinal, [...groups.keys()], [...groups.values()]],
  );
}

/** Records with the exact keys of rows that other jobs have made or changed since the match pass looked at the target. */
async function findLateComers(
  context: ChunkContext,
  rows: readonly Candidate[],
): Promise<(readonly [rowNumber: number, like: Likeness])[]> {
  const { client, spec, mode, jobId, jobNumber, targetOrdinal } = context;
  const keys = exactKeys(spec, mode.duplicateDetection.primaryFields);
  if (rows.length === 0 || keys.length === 0 || !(await othersWrite(context))) return [];
  const byKey = await findByKeys(context, keys, rows);
  const ids = byKey.flatMap((holders) => [...holders.values()]);
  if (ids.length === 0) return [];
  const { rows: late } = await client.query<{ id: string }>(
    `select "id"::text from unnest($1::uuid[]) as "id"
     where not exists (
         select from "import_match_records" as "r" join "import_matchings" as "m" on "m"."index_id" = "r"."index_id"
         where "m"."job_id" = $2 and "m"."target_ordinal" = $3 and "r"."record_id" = "id"
           and age("r"."xmin") > pg_snapshot_xmax(pg_current_snapshot())::text::bigint - "m"."looked_until"::text::bigint)
       and not exists (select from ${ledgerOf(context)} as "l"
         where "l"."target_id" = "id" and "l"."action" in ('created', 'updated') and "l"."job_number" = $4)`,
    [ids, jobId, targetOrdinal, jobNumber],
  );
  const isLate = new Set(late.map(({ id }) => id));
  return rows.flatMap((row) => {
    for (const [at, key] of keys.entries()) {
      const text = exactKeyOf(key, row.values);
      const id = text === null ? undefined : byKey[at]?.get(text);
      if (id === undefined || !isLate.has(id)) continue;
      return [
        [row.rowNumber, { group: id, targetId: id, review: false, matched: exactMatch(key, row.values) }] as const,
      ];
    }
    return [];
  });
}

/** Whether another job may have written to the target since the match pass looked at it. */
async function othersWrite(context: ChunkContext): Promise<boolean> {
  const { client, tenantId, jobId, targetOrdinal } = context;
  const { type } = context.mirrored?.spec ?? context.spec;
  const { rows } = await client.query<{ others: boolean }>(
    `select exists (
       select from "import_jobs" as "j", "import_matchings" as "m"
       where "m"."job_id" = $1 and "m"."target_ordinal" = $2 and "j"."tenant_id" = $3 and "j"."id" <> $1
         and "j"."kind" not in ('validate', 'plan') and "j"."targets" @> $4::jsonb
         and ("j"."status" in ('running', 'paused') or "j"."completed_at" >= "m"."began_at")
     ) as "others"`,
    [jobId, targetOrdinal, tenantId, JSON.stringify([{ spec: { type } }])],
  );
  return rows[0]?.others === true;
}

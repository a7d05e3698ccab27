import type { EntityManager } from '@mikro-orm/postgresql';
import type { PoolClient } from 'pg';
import type { MatchedText } from '../../rows/likeness.ts';
import { writeUuid } from '../commit/binary-values.ts';
import { copyInto } from '../commit/copy.ts';
import { hasEnded } from '../queries/jobs/has-ended.ts';
import type { MatchClaim } from './match-step.ts';

/** What was decided of the rows of a node. */
export interface NodeResult {
  readonly node: string;
  /** What the rows belong to, or may belong to: a record that exists, or a group of rows that become one. */
  readonly group: string;
  readonly recordId: string | null;
  /** A person has to say whether they do. */
  readonly review: boolean;
  readonly matched: MatchedText;
}

/** Writes results down for rows, by their keys. */
export async function writeRowResults(
  client: PoolClient,
  { jobNumber, targetOrdinal }: MatchClaim,
  results: readonly (NodeResult & { readonly rowKeys: readonly string[] })[],
): Promise<void> {
  const groups = new Map(results.map(({ group, recordId }) => [group, recordId]));
  await copyInto(
    client,
    { into: '"import_match_groups" ("job_number", "target_ordinal", "group_key", "target_id")', columns: 4 },
    [...groups],
    ([group, recordId], writer) => {
      writer.int32(8).int64(jobNumber).int32(2).int16(targetOrdinal);
      writeUuid(writer, group);
      writeUuid(writer, recordId);
    },
  );
  await copyInto(
    client,
    {
      into: '"import_match_results" ("job_number", "target_ordinal", "row_key", "group_key", "review", "matched")',
      columns: 6,
    },
    results.flatMap((result) => result.rowKeys.map((rowKey) => ({ ...result, rowKey }))),
    ({ rowKey, group, review, matched }, writer) => {
      writer.int32(8).int64(jobNumber).int32(2).int16(targetOrdinal);
      writeUuid(writer, rowKey);
      writeUuid(writer, group);
      writer.int32(1).byte(review ? 1 : 0);
      writer.text(matched.text);
    },
  );
}

/** Writes results down for all rows of their nodes. */
export async function writeResults(
  client: PoolClient,
  claim: MatchClaim,
  results: readonly NodeResult[],
): Promise<void> {
  if (results.length === 0) return;
  await client.query(
    `insert into "import_match_groups" ("job_number", "target_ordinal", "group_key", "target_id")
     select distinct $1::bigint, $2::smallint, "g".* from unnest($3::uuid[], $4::uuid[]) as "g" on conflict do nothing`,
    [
      claim.jobNumber,
      claim.targetOrdinal,
      results.map((result) => result.group),
      results.map((result) => result.recordId),
    ],
  );
  await client.query(
    `insert into "import_match_results" ("job_number", "target_ordinal", "row_key", "group_key", "review", "matched")
     select $1, $2, "r"."row_key", "n"."group_key", "n"."review", "n"."matched"
     from unnest($3::uuid[], $4::uuid[], $5::boolean[], $6::text[]) as "n" ("node", "group_key", "review", "matched")
     join "import_match_rows" as "r" on "r"."job_number" = $1 and "r"."target_ordinal" = $2 and "r"."node" = "n"."node"
     where "r"."record_id" is null
     on conflict do nothing`,
    [
      claim.jobNumber,
      claim.targetOrdinal,
      results.map((result) => result.node),
      results.map((result) => result.group),
      results.map((result) => result.review),
      results.map((result) => result.matched.text),
    ],
  );
}

const STAGED = ['rows', 'worklist', 'units', 'links', 'nodes', 'marks'];
const KEPT_TO_THE_END = ['results', 'groups'];

/** Empties what a pass works on, of a target of a job; its results stay. */
export const clearStaged = emptying(STAGED);

/** Takes the results back of a pass that did not come to its end. */
export const clearResults = emptying(KEPT_TO_THE_END);

type Emptying = (client: Pick<PoolClient, 'query'>, jobNumber: number, targetOrdinal: number) => Promise<void>;

function emptying(tables: readonly string[]): Emptying {
  return async (client, jobNumber, targetOrdinal) => {
    for (const table of tables) {
      await client.query(`delete from "import_match_${table}" where "job_number" = $1 and "target_ordinal" = $2`, [
        jobNumber,
        targetOrdinal,
      ]);
    }
  };
}

/** Empties all that the match passes of a job have left but the models they judged by, once the job has ended. */
export async function clearMatchings(em: EntityManager, jobId: string): Promise<void> {
  const ended: { number: string; target_ordinal: number }[] = await em.execute(
    `select "j"."number", "m"."target_ordinal" from "import_matchings" as "m"
     join "import_jobs" as "j" on "j"."id" = "m"."job_id"
     where "m"."job_id" = ? and not "m"."cleared" and ${hasEnded('"j"."status"')}`,
    [jobId],
  );
  for (const { number, target_ordinal: ordinal } of ended) {
    for (const table of [...STAGED, ...KEPT_TO_THE_END]) {
      await em.execute(`delete from "import_match_${table}" where "job_number" = ? and "target_ordinal" = ?`, [
        number,
        ordinal,
      ]);
    }
    await em.execute(`update "import_matchings" set "cleared" = true where "job_id" = ? and "target_ordinal" = ?`, [
      jobId,
      ordinal,
    ]);
  }
}

/** Jobs that have ended and left something of a match pass. */
export async function jobsToClear(em: EntityManager): Promise<string[]> {
  const rows: { job_id: string }[] = await em.execute(
    `select distinct "m"."job_id" from "import_matchings" as "m" join "import_jobs" as "j" on "j"."id" = "m"."job_id"
     where not "m"."cleared" and ${hasEnded('"j"."status"')} limit 20`,
  );
  return rows.map((row) => row.job_id);
}

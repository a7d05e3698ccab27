import type { PoolClient } from 'pg';
import { recordsSql } from '../records-sql.ts';
import { contentSql } from './target-content.ts';
import type { MatchTarget } from './target-content.ts';

/** The compared values of records that are there, by their ids. */
export async function recordContents(
  client: PoolClient,
  target: MatchTarget,
  ids: readonly string[],
): Promise<Map<string, (string | null)[]>> {
  const { from, id, found } = recordsSql(target.spec);
  const { rows } = await client.query<(string | null)[]>({
    rowMode: 'array',
    text: `select ${id}, ${contentSql(target, 't')} from ${from} where ${found('$1')} and ${id} = any($2::uuid[])`,
    values: [target.tenantId, ids],
  });
  return new Map(rows.map(([recordId, ...content]) => [String(recordId), content]));
}

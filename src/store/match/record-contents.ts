import type { PoolClient } from 'pg';
import { PackedRow } from '../../rows/packed-row.ts';
import { asUuid } from '../../rows/row-key.ts';
import { recordsSql } from '../records-sql.ts';
import { readCopy } from './read-copy.ts';
import { contentSql, tenantOf } from './target-content.ts';
import type { MatchTarget } from './target-content.ts';

const UUID = 16;

/** The compared values of records that are there, by their ids. */
export async function recordContents(
  client: PoolClient,
  target: MatchTarget,
  ids: readonly string[],
): Promise<Map<string, PackedRow>> {
  const { from, id, found } = recordsSql(target.spec);
  const contents = new Map<string, PackedRow>();
  await readCopy(
    client,
    `select ${[id, contentSql(target, 't')].filter(Boolean).join(', ')} from ${from}
     where ${found(tenantOf(target))} and ${id} = any('{${ids.join(',')}}'::uuid[])`,
    (bytes, at, end) => {
      // Values lie there as rows are packed.
      contents.set(asUuid(bytes.toString('hex', at + 4, at + 4 + UUID)), new PackedRow(bytes, at + 4 + UUID, end));
    },
  );
  return contents;
}

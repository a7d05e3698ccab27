import type { PoolClient } from 'pg';
import { unpackRow } from '../../rows/packed-row.ts';
import { asUuid } from '../../rows/row-key.ts';
import { recordsSql } from '../records-sql.ts';
import { readCopy } from './read-copy.ts';
import { contentHashSql, contentSql, tenantOf } from './target-content.ts';
import type { MatchTarget } from './target-content.ts';

/** What is compared of a record. */
export interface RecordContent {
  readonly id: string;
  readonly hash: string;
  readonly content: readonly (string | null)[];
}

const UUID = 16;
const BIGINT = 8;

/** Reads all of a tenant's records of a target; `after` is awaited now and then before more are taken. */
export async function readAllRecords(
  client: PoolClient,
  target: MatchTarget,
  take: (record: RecordContent) => void,
  after: () => Promise<void>,
): Promise<void> {
  const { from, id, mine } = recordsSql(target.spec);
  const columns = [id, contentHashSql(target, 't'), ...(target.fields.length === 0 ? [] : [contentSql(target, 't')])];
  await readCopy(
    client,
    `select ${columns.join(', ')} from ${from} where ${mine(tenantOf(target))}`,
    (bytes, at, end) => {
      const hash = at + 4 + UUID + 4;
      take({
        id: asUuid(bytes.toString('hex', at + 4, at + 4 + UUID)),
        hash: bytes.readBigInt64BE(hash).toString(),
        // Values lie there as rows are packed.
        content: unpackRow(bytes, hash + BIGINT, end),
      });
    },
    after,
  );
}

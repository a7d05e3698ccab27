import type { PoolClient } from 'pg';
import type { OwnSpec } from '../../domain/target.ts';
import { keySql, LINKS, linkOfSql, ownTable } from './own-sql.ts';

/** Links all rows of an own table that no one has met before: each is a record then. */
export async function linkAll(client: PoolClient, spec: OwnSpec): Promise<void> {
  await client.query(
    `insert into ${LINKS} ("id", "target_number", "row_key")
     select uuidv7(), ${spec.own.number}, ${keySql(spec, 't')} from ${ownTable(spec)} as "t"
     where not exists (select from ${LINKS} as "l" where ${linkOfSql(spec, 'l', 't')})
     on conflict do nothing`,
  );
}

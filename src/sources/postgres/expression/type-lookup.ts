import type { ColumnFamily } from '../../../domain/source-schema.ts';
import { renderForServer } from './fragment.ts';
import type { SourceQuery } from '../query/query.ts';
import { rowsSql } from '../query/query-sql.ts';
import type { SourceSession } from '../connection/session.ts';
import { familyOf } from './types.ts';

export interface BatchColumn {
  /** The target field. */
  readonly target: string;
  readonly family: ColumnFamily;
  /** The server's name of the type: `int4`, `mpaa_rating`. */
  readonly type: string;
}

const TYPES = `
  select oid, typname, typtype, typcategory from pg_catalog.pg_type where oid = any($1::oid[])`;

/**
 * What a query's columns are, as the source types them, without reading a row; inside a transaction of the session.
 * @throws AppError as `SourceSession.query`, so also for expressions whose types do not fit
 */
export async function describeFields(session: SourceSession, query: SourceQuery): Promise<BatchColumn[]> {
  const nothing = { range: { after: null, upTo: null }, position: null, limit: 0 };
  const { text, values } = renderForServer(rowsSql(query, nothing));
  const oids = (await session.columnTypes(text, values)).slice(0, query.fields.length);
  const rows = await session.query(TYPES, [[...new Set(oids)].map(String)]);
  const types = new Map(rows.map(([oid, name, kind, category]) => [Number(oid), { name, kind, category }]));
  return query.fields.map(({ target }, at) => {
    const oid = oids[at] ?? 0;
    const { name, kind, category } = types.get(oid) ?? {};
    const type = { oid, name: name ?? '', kind: kind ?? '', category: category ?? '' };
    return { target, family: familyOf(type), type: type.name };
  });
}

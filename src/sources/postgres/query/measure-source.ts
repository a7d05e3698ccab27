import { createHash } from 'node:crypto';
import { invalid } from '../../../domain/errors.ts';
import type { QueryConfiguration } from '../../../domain/query.ts';
import type { SourceCursor } from '../../../domain/schedule.ts';
import type { SourceColumn, SourceSchema } from '../../../domain/source-schema.ts';
import { derivedRelations } from '../../templates/derived-relations.ts';
import { joinSql, renderForServer } from '../expression/fragment.ts';
import type { Sql } from '../expression/fragment.ts';
import { Refusal, loadParser } from '../expression/parse-sql.ts';
import { findRelation, relationSql } from '../catalog/relations.ts';
import type { QueryRelation } from '../catalog/relations.ts';
import type { SourceSession } from '../connection/session.ts';
import { cursorColumn } from './since.ts';
import type { SinceFilter } from './since.ts';

/** Milliseconds that looking for what is new may take; without an index it passes over the whole table. */
const MEASURE_MS = 10 * 60 * 1_000;

/**
 * Looks how far a source's rows go by a column now, and which are new since `reached`. Rows may come late with a value
 * that was read already: a table's own rows tell by which transaction they were written, so just those are new that were
 * not there before. A view's do not: there the rows of the greatest value are counted and their contents added up, and
 * all of them are read again when that has changed; those that are known are skipped. So no row is lost that shares a
 * value with others. Values in the future take no part: else one row with a wrong clock would hide all that follow.
 * @throws AppError `validation` when the base table has no such column
 */
export async function measureSource(
  session: SourceSession,
  schema: SourceSchema,
  configuration: QueryConfiguration,
  wanted: string | true,
  reached: SourceCursor | null,
): Promise<{ cursor: SourceCursor; since: SinceFilter }> {
  await loadParser();
  const { base, table, column } = refusingAs('options.since_last_run', () => {
    const relation = findRelation(configuration.baseTable, schema, [], derivedRelations);
    if (!relation.table) throw new Refusal('A derived relation has no column that says what is new');
    return { base: relation, table: relation.table, column: cursorColumn(relation.table, wanted) };
  });
  const subject = createHash('sha256')
    .update(JSON.stringify([configuration, column.name]))
    .digest('hex');
  const from = reached?.subject === subject ? reached : null;
  const low = from?.value ?? null;
  const writers = table.kind === 'table' || table.kind === 'partitioned_table';
  return session.transaction(
    async () => {
      const value = (await greatestFrom(session, base, column, low)) ?? low;
      const mark = writers ? await transactionMark(session) : await contentMark(session, base, column, value);
      const cursor = { subject, column: column.name, value, mark };
      if (from === null) return { cursor, since: { column: column.name, after: null, others: 'none' } };
      const others = writers
        ? writtenSince(from.mark, mark)
        : (low === value ? mark : await contentMark(session, base, column, low)) === from.mark
          ? 'none'
          : 'all';
      return { cursor, since: { column: column.name, after: low, others } };
    },
    { statementTimeoutMs: MEASURE_MS },
  );
}

/** The greatest value from `low` on; null when there is none. */
async function greatestFrom(
  session: SourceSession,
  base: QueryRelation,
  { name, baseType, family }: SourceColumn,
  low: string | null,
): Promise<string | null> {
  const column: Sql = [{ name: base.scope.alias }, '.', { name }];
  const conditions = [
    ...(low === null ? [] : [[...column, ' >= ', { value: low, cast: baseType }]]),
    ...pastOnly(column, family),
  ];
  const { text, values } = renderForServer([
    'select (pg_catalog.max(',
    ...column,
    '))::pg_catalog.text from ',
    ...relationSql(base, null),
    ...(conditions.length === 0 ? [] : [' where ', ...joinSql(conditions, ' and ')]),
  ]);
  return (await session.query(text, values))[0]?.[0] ?? null;
}

/** The first transaction that was not over when this snapshot was taken: nothing that a later one wrote is in it. */
async function transactionMark(session: SourceSession): Promise<string> {
  const [row] = await session.query(
    `select pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot())::pg_catalog.text`,
  );
  return row?.[0] ?? '';
}

/** Transaction numbers have 32 bits in rows; so far apart two of them are told which is the earlier. */
const COMPARABLE = 2n ** 31n - 1n;

/** Rows written since a mark was taken; all, where the numbers of the source's transactions do not go on from it. */
function writtenSince(before: string, now: string): SinceFilter['others'] {
  if (!/^\d+$/u.test(before) || !/^\d+$/u.test(now)) return 'all';
  const passed = BigInt(now) - BigInt(before);
  if (passed < 0n || passed >= COMPARABLE) return 'all';
  return { writtenFrom: String(BigInt(before) % 2n ** 32n) };
}

/** How many rows have a value or none, and a sum over what is in them. */
async function contentMark(
  session: SourceSession,
  base: QueryRelation,
  { name, baseType }: SourceColumn,
  value: string | null,
): Promise<string> {
  const column: Sql = [{ name: base.scope.alias }, '.', { name }];
  const { text, values } = renderForServer([
    // 60 bits of a digest of each row, added up: their order does not matter, and no list of them is kept.
    `select pg_catalog.count(*), pg_catalog.sum(('x' || pg_catalog.substr(pg_catalog.md5((`,
    { name: base.scope.alias },
    '.*)::pg_catalog.text), 1, 15))::pg_catalog.bit(60)::pg_catalog.int8) from ',
    ...relationSql(base, null),
    ' where ',
    ...column,
    ' is null',
    ...(value === null ? [] : [' or ', ...column, ' = ', { value, cast: baseType }]),
  ]);
  const [row] = await session.query(text, values);
  return `rows ${row?.[0] ?? 0} ${row?.[1] ?? 0}`;
}

/** The condition for values that are not in the future. */
function pastOnly(column: Sql, family: SourceColumn['family']): Sql[] {
  // Clocks that know no zone may be ahead of UTC by as much as 14 hours.
  const anywhere = `((pg_catalog.now() at time zone 'UTC') + '14 hours'::pg_catalog.interval)`;
  switch (family) {
    case 'timestamptz':
      return [[...column, ' <= pg_catalog.now()']];
    case 'timestamp':
      return [[...column, ` <= ${anywhere}`]];
    case 'date':
      return [[...column, ` <= ${anywhere}::pg_catalog.date`]];
    default:
      return [];
  }
}

function refusingAs<T>(field: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw invalid({ [field]: [`${error.sentence}.`.replace(/\.\.$/u, '.')] });
  }
}

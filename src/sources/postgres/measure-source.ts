import { createHash } from 'node:crypto';
import { invalid } from '../../domain/errors.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import type { SourceCursor } from '../../domain/schedule.ts';
import type { SourceColumn, SourceSchema } from '../../domain/source-schema.ts';
import { derivedRelations } from '../templates/derived-relations.ts';
import { renderForServer } from './fragment.ts';
import type { Sql } from './fragment.ts';
import { Refusal, loadParser } from './parse-sql.ts';
import { findRelation, relationSql } from './relations.ts';
import type { QueryRelation } from './relations.ts';
import type { SourceSession } from './session.ts';
import { cursorColumn } from './since.ts';
import type { SinceFilter } from './since.ts';

/** Milliseconds that looking for what is new may take; without an index it passes over the whole table. */
const MEASURE_MS = 10 * 60 * 1_000;

/**
 * Looks how far a source's rows go by a column now, and what is new since `reached`. Rows that share the greatest value
 * are told apart from rows that join them later by their number and a sum over their contents: while that is the same,
 * only greater values are new; when it is not, all rows of that value are read again, of which those that are known are
 * skipped. So no row is lost that comes late with a value that was read already, and none is read for nothing. Values in
 * the future take no part: else one row with a wrong clock would hide all that follow.
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
  const { base, column } = refusingAs('options.since_last_run', () => {
    const relation = findRelation(configuration.baseTable, schema, [], derivedRelations);
    if (!relation.table) throw new Refusal('A derived relation has no column that says what is new');
    return { base: relation, column: cursorColumn(relation.table, wanted) };
  });
  const subject = createHash('sha256')
    .update(JSON.stringify([configuration, column.name]))
    .digest('hex');
  const from = reached?.subject === subject ? reached : null;
  const low = from?.value ?? null;
  return session.transaction(
    async () => {
      const now = await measure(session, base, column, low);
      const value = now.greatest ?? low;
      const ties = value === low ? now.ties : (await measure(session, base, column, value)).ties;
      return {
        cursor: { subject, column: column.name, value, ties },
        since: { column: column.name, after: low, inclusive: from !== null && from.ties !== now.ties },
      };
    },
    { statementTimeoutMs: MEASURE_MS },
  );
}

/** The greatest value from `low` on, and what the rows of `low` and those without a value are. */
async function measure(
  session: SourceSession,
  base: QueryRelation,
  { name, baseType, family }: SourceColumn,
  low: string | null,
): Promise<{ greatest: string | null; ties: string }> {
  const column: Sql = [{ name: base.scope.alias }, '.', { name }];
  const bound: Sql = [{ value: low, cast: baseType }];
  const without: Sql = [...column, ' is null'];
  const tied: Sql = low === null ? without : ['(', ...column, ' = ', ...bound, ' or ', ...without, ')'];
  const past = pastOnly(column, family);
  // 60 bits of a digest of each row, added up: the order of rows does not matter, and no list of them is kept.
  const content: Sql = [
    `('x' || pg_catalog.substr(pg_catalog.md5((`,
    { name: base.scope.alias },
    '.*)::pg_catalog.text), 1, 15))::pg_catalog.bit(60)::pg_catalog.int8',
  ];
  const { text, values } = renderForServer([
    'select (pg_catalog.max(',
    ...column,
    ')',
    ...(past === null ? [] : [' filter (where ', ...past, ')']),
    ')::pg_catalog.text, pg_catalog.count(*) filter (where ',
    ...tied,
    '), pg_catalog.sum(',
    ...content,
    ') filter (where ',
    ...tied,
    ') from ',
    ...relationSql(base, null),
    ...(low === null ? [] : [' where ', ...column, ' >= ', ...bound, ' or ', ...without]),
  ]);
  const [row] = await session.query(text, values);
  return { greatest: row?.[0] ?? null, ties: `${row?.[1] ?? 0}:${row?.[2] ?? 0}` };
}

function pastOnly(column: Sql, family: SourceColumn['family']): Sql | null {
  // Clocks that know no zone may be ahead of UTC by as much as 14 hours.
  switch (family) {
    case 'timestamptz':
      return [...column, ' <= pg_catalog.now()'];
    case 'timestamp':
      return [...column, ` <= (pg_catalog.now() at time zone 'UTC') + '14 hours'::pg_catalog.interval`];
    case 'date':
      return [
        ...column,
        ` <= ((pg_catalog.now() at time zone 'UTC') + '14 hours'::pg_catalog.interval)::pg_catalog.date`,
      ];
    default:
      return null;
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

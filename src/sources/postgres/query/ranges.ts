import type { SourceRange } from '../../../domain/query.ts';
import { renderForServer } from '../expression/fragment.ts';
import type { Sql } from '../expression/fragment.ts';
import type { SourceQuery } from './query.ts';
import { boundariesSql, countAfterSql, countSql } from './query-sql.ts';
import type { SourceSession, TextRow } from '../connection/session.ts';

export interface SourcePlan {
  /** Rows that the query gives, its limit counted in. */
  readonly total: number;
  /** In order, each beginning after the last one's end; the last is open, for rows that come after planning. */
  readonly ranges: readonly SourceRange[];
}

/** Milliseconds that passing over a whole source may take. */
const PLAN_TIMEOUT_MS = 30 * 60 * 1_000;

/**
 * Divides a source into ranges that may be read on their own, in one snapshot and one pass over its keys. A source
 * without a unique key, or limited to its first rows, stays in one range.
 * @param rowsPerRange about how many rows a range is to have, null for one range; rows of one key are never parted
 */
export async function planRanges(
  session: SourceSession,
  query: SourceQuery,
  rowsPerRange: number | null,
): Promise<SourcePlan> {
  return session.transaction(
    async () => {
      if (rowsPerRange === null || query.ordering.kind === 'row-digest' || query.limit !== null) {
        const total = await countOf(session, countSql(query));
        return { total, ranges: [{ after: null, upTo: null, rows: total }] };
      }
      const boundaries = await readBoundaries(session, query, rowsPerRange);
      const last = boundaries.at(-1);
      const rest = await countOf(session, last ? countAfterSql(query, last.key) : countSql(query));
      const ends = rest === 0 && last ? boundaries.slice(0, -1) : boundaries;
      const total = (last?.through ?? 0) + rest;
      return { total, ranges: rangesBetween(ends, total) };
    },
    { statementTimeoutMs: PLAN_TIMEOUT_MS },
  );
}

interface Boundary {
  readonly key: string[];
  /** Rows up to and with this key. */
  readonly through: number;
}

async function readBoundaries(session: SourceSession, query: SourceQuery, rowsPerRange: number): Promise<Boundary[]> {
  const rows = await run(session, boundariesSql(query, Math.max(1, Math.trunc(rowsPerRange))));
  const boundaries = rows.map((row) => ({
    key: row.slice(0, -1).map((part) => part ?? ''),
    through: Number(row.at(-1)),
  }));
  // A key of more rows than a range is to have would end several of them.
  return boundaries.filter(({ through }, at) => through !== boundaries[at - 1]?.through);
}

function rangesBetween(ends: readonly Boundary[], total: number): SourceRange[] {
  const through = [0, ...ends.map((end) => end.through)];
  return [...ends, null].map((end, at) => ({
    after: ends[at - 1]?.key ?? null,
    upTo: end?.key ?? null,
    rows: (end?.through ?? total) - (through[at] ?? 0),
  }));
}

async function countOf(session: SourceSession, sql: Sql): Promise<number> {
  const [row] = await run(session, sql);
  return Number(row?.[0]);
}

async function run(session: SourceSession, sql: Sql): Promise<TextRow[]> {
  const { text, values } = renderForServer(sql);
  return session.query(text, values);
}

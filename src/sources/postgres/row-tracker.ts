import type { SourcePosition } from '../../domain/query.ts';
import type { SourceQuery } from './query.ts';
import type { TextRow } from './session.ts';

/** Takes the key out of rows and says where they end. */
export interface RowTracker {
  /** The rows that are new, with nothing but their fields, and where they end; null when all were taken earlier. */
  take(rows: TextRow[]): { rows: TextRow[]; position: SourcePosition } | null;
}

/**
 * Follows a source's position over batches.
 * @param start the last row taken earlier; rows of its key that come again are left out
 */
export function createRowTracker(query: SourceQuery, start: SourcePosition | null): RowTracker {
  const width = query.fields.length;
  const { ordering } = query;
  const at = keyColumns(query);
  const extra = at.some((index) => index >= width);
  const keyOf = (row: TextRow): string[] => at.map((index) => row[index] ?? '');
  const trim = (rows: TextRow[]): void => {
    if (extra) for (const row of rows) row.length = width;
  };
  if (ordering.kind === 'unique-key' && !ordering.multiplies) {
    return {
      take(rows) {
        const last = rows.at(-1);
        if (!last) return null;
        const position = { key: keyOf(last), ordinal: 1 };
        trim(rows);
        return { rows, position };
      },
    };
  }
  let key: readonly string[] | null = null;
  let ordinal = 0;
  const takenEarlier = start?.ordinal ?? 0;
  const startsAt = start?.key ?? null;
  return {
    take(rows) {
      const fresh: TextRow[] = [];
      for (const row of rows) {
        if (key === null || !at.every((index, part) => row[index] === key?.[part])) {
          key = keyOf(row);
          ordinal = 0;
        }
        ordinal += 1;
        const again = startsAt !== null && ordinal <= takenEarlier && sameKey(key, startsAt);
        if (!again) fresh.push(row);
      }
      if (fresh.length === 0 || key === null) return null;
      trim(fresh);
      return { rows: fresh, position: { key, ordinal } };
    },
  };
}

function keyColumns({ ordering, fields }: SourceQuery): number[] {
  if (ordering.kind === 'row-digest') return [fields.length];
  let next = fields.length;
  return ordering.keys.map(({ field }) => field ?? next++);
}

function sameKey(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

import type { SourcePosition } from '../../../domain/query.ts';
import type { RowBlock } from '../../../domain/row-block.ts';
import type { SourceQuery } from '../query/query.ts';

/** Says where rows end, and leaves out those that were taken earlier. */
export interface RowTracker {
  /** The rows that are new, and where they end; null when all were taken earlier. */
  take(rows: RowBlock): { rows: RowBlock; position: SourcePosition } | null;
}

/**
 * Follows a source's position over blocks.
 * @param start the last row taken earlier; rows of its key that come again are left out
 */
export function createRowTracker(query: SourceQuery, start: SourcePosition | null): RowTracker {
  const { ordering } = query;
  const at = keyColumns(query);
  const keyOf = (rows: RowBlock, row: number): string[] => at.map((column) => rows.value(row, column) ?? '');
  if (ordering.kind === 'unique-key' && !ordering.multiplies) {
    return {
      take(rows) {
        return rows.length === 0 ? null : { rows, position: { key: keyOf(rows, rows.length - 1), ordinal: 1 } };
      },
    };
  }
  let key: readonly string[] | null = null;
  let ordinal = 0;
  const takenEarlier = start?.ordinal ?? 0;
  const startsAt = start?.key ?? null;
  return {
    take(rows) {
      // Rows come by their key: those that come again are the first ones.
      let again = 0;
      for (let row = 0; row < rows.length; row++) {
        const next = keyOf(rows, row);
        if (key === null || !sameKey(key, next)) {
          key = next;
          ordinal = 0;
        }
        ordinal += 1;
        if (startsAt !== null && ordinal <= takenEarlier && sameKey(key, startsAt)) again = row + 1;
      }
      if (again === rows.length || key === null) return null;
      return { rows: again === 0 ? rows : rows.after(again), position: { key, ordinal } };
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

import type { ColumnFamily, SourceSchema, SourceTable } from '../../../domain/source-schema.ts';
import { likeness, nameWords, referredWords } from './name-likeness.ts';
import type { Likeness } from './name-likeness.ts';

/** A column that seems to refer to another table's key. */
export interface JoinCandidate {
  readonly table: SourceTable;
  readonly column: string;
  readonly referenced: SourceTable;
  readonly referencedColumn: string;
  readonly likeness: Likeness;
  /** An index leads to the column's values, as people make one where they join. */
  readonly indexed: boolean;
}

/**
 * Columns that by name and type refer to a single unique column of another table (or of their own, as a parent does),
 * where no foreign key says so already. A column gets its best candidates only: those of the greatest likeness.
 */
export function findJoinCandidates(schema: SourceSchema): JoinCandidate[] {
  const declared = new Set(
    schema.relationships.flatMap(({ table, columns }) => columns.map((column) => `${table}\0${column}`)),
  );
  const keyed = schema.tables.flatMap((table) => {
    const key = singleKey(table);
    return key === null ? [] : [{ table, key, words: nameWords(table.table) }];
  });
  return schema.tables.flatMap((table) =>
    table.columns.flatMap((column) => {
      if (table.kind === 'view' || declared.has(`${table.name}\0${column.name}`)) return [];
      const found = keyed.flatMap(({ table: referenced, key, words }): JoinCandidate[] => {
        const own = referenced === table && key.name === column.name;
        const alike = own ? null : howAlike(column.name, key.name, words);
        if (alike === null || !comparable(column.family, key.family)) return [];
        const indexed = table.indexes.some(({ columns }) => columns[0]?.name === column.name);
        return [{ table, column: column.name, referenced, referencedColumn: key.name, likeness: alike, indexed }];
      });
      return best(found, table);
    }),
  );
}

/**
 * By what the column calls the thing (`customer_id`, `created_by_user_id`), or by its key's own name, where that says
 * more than `id` (`customer_id` of `orders` and of `customers`).
 */
function howAlike(column: string, key: string, words: readonly string[]): Likeness | null {
  const referred = referredWords(column);
  if (referred === null) return null;
  const sameKey = column === key && likeness(referred, words) === 'exact';
  return sameKey ? 'exact' : likeness(referred, words);
}

/** The greatest likeness wins; among equals a table of the same schema, so that a copy elsewhere is not suggested. */
function best(found: readonly JoinCandidate[], table: SourceTable): JoinCandidate[] {
  const order: readonly Likeness[] = ['exact', 'with_role', 'near'];
  const top = order.find((each) => found.some(({ likeness: alike }) => alike === each));
  const equals = found.filter(({ likeness: alike }) => alike === top);
  const near = equals.filter(({ referenced }) => referenced.schema === table.schema);
  return near.length > 0 ? near : equals;
}

/** The one column that tells a table's rows apart: of its primary key, else of its only unique index. */
function singleKey(table: SourceTable): { name: string; family: ColumnFamily } | null {
  if (!table.keysHold) return null;
  const single = table.indexes.filter(({ unique, columns }) => unique && columns.length === 1);
  const primary = table.indexes.find((index) => index.primary);
  const index = primary ? single.find((each) => each.primary) : single.length === 1 ? single[0] : undefined;
  const name = index?.columns[0]?.name;
  const column = table.columns.find((each) => each.name === name);
  return column ? { name: column.name, family: column.family } : null;
}

/** Whether `=` between the two means anything and PostgreSQL has it without a cast. */
function comparable(a: ColumnFamily, b: ColumnFamily): boolean {
  const kind = (family: ColumnFamily): ColumnFamily => (family === 'numeric' ? 'integer' : family);
  return kind(a) === kind(b) && ['integer', 'text', 'uuid'].includes(kind(a));
}

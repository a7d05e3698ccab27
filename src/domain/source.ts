/** What kind of values a source column holds; conversion rules are named by it. */
export const COLUMN_FAMILIES = [
  'text',
  'integer',
  'numeric',
  'float',
  'boolean',
  'date',
  'timestamp',
  'timestamptz',
  'time',
  'interval',
  'json',
  'uuid',
  'bytea',
  'array',
  'enum',
  'other',
] as const;
export type ColumnFamily = (typeof COLUMN_FAMILIES)[number];

/** One row as the source gave it: every value as text, in the order of the query's fields. */
export type SourceRow = readonly (string | null)[];

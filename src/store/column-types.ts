import type { FieldType } from '../domain/target.ts';

/** What the columns of our own tables are, by the type of their field. */
export const COLUMN_TYPES: Readonly<Record<FieldType, string>> = {
  text: 'text',
  integer: 'bigint',
  numeric: 'numeric',
  boolean: 'boolean',
  date: 'date',
  timestamptz: 'timestamptz',
  reference: 'uuid',
  uuid: 'uuid',
  list: 'text[]',
  native: 'text',
};

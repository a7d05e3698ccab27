import type { SourceSchema, SourceTable } from '../../../domain/source-schema.ts';
import { quoteName } from '../expression/fragment.ts';

/** How a table is listed: bare in the default schema, else with its schema; quoted only where that would mislead. */
export function listedName(schema: string, table: string, defaultSchema: string): string {
  if (schema !== defaultSchema) return `${part(schema)}.${part(table)}`;
  return /^"|\./.test(table) ? quoteName(table) : table;
}

/** The table a listed name stands for, or undefined. */
export function findTable(schema: SourceSchema, name: string): SourceTable | undefined {
  return schema.tables.find((table) => table.name === name);
}

/** The table of this schema (null: the default one) and name, or undefined. */
export function findQualified(source: SourceSchema, schema: string | null, table: string): SourceTable | undefined {
  const wanted = schema ?? source.defaultSchema;
  return source.tables.find((each) => each.schema === wanted && each.table === table);
}

function part(name: string): string {
  return /[."]/.test(name) ? quoteName(name) : name;
}

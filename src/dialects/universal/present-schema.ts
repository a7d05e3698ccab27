import type { SourceColumn, SourceSchema, SourceTable } from '../../domain/source-schema.ts';

/** A source's schema as document 000 prints it. */
export function presentSchema({ tables, relationships, serverInfo }: SourceSchema): object {
  return {
    schema: {
      tables: tables.map(presentTable),
      // A key of several columns is as many lines; the constraint's name says which belong together.
      relationships: relationships.flatMap((relationship) =>
        relationship.columns.map((column, index) => ({
          table: relationship.table,
          column,
          referenced_table: relationship.referencedTable,
          referenced_column: relationship.referencedColumns[index] ?? null,
          constraint: relationship.constraint,
        })),
      ),
    },
    server_info: {
      version: serverInfo.version,
      encoding: serverInfo.encoding,
      collation: serverInfo.collation,
    },
  };
}

/** A table or view; how its rows were counted is said beside the count. */
export function presentTable({ name, schema, kind, rowCount, columns }: SourceTable): object {
  return {
    name,
    schema,
    kind,
    row_count: rowCount.value,
    row_count_kind: rowCount.kind,
    columns: columns.map(presentColumn),
  };
}

function presentColumn({ name, type, nullable, primaryKey }: SourceColumn): object {
  return { name, type, nullable, ...(primaryKey ? { primary_key: true } : {}) };
}

import { z } from 'zod';
import { RELATION_KINDS } from '../../domain/source-schema.ts';
import type { SourceColumn, SourceSchema, SourceTable } from '../../domain/source-schema.ts';
import { count, perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';

const columnAnswer = z.object({
  name: z.string(),
  type: z.string(),
  nullable: z.boolean(),
  primary_key: z.literal(true).optional(),
});

export const tableAnswer = z.object({
  name: z.string(),
  schema: z.string(),
  kind: z.enum(RELATION_KINDS),
  row_count: perhaps(count),
  row_count_kind: z.enum(['exact', 'estimated', 'unknown']),
  columns: z.array(columnAnswer),
});

/** The document's own example of a table. */
export const TABLE_EXAMPLE = {
  name: 'customers',
  schema: 'public',
  kind: 'table',
  row_count: 250,
  row_count_kind: 'exact',
  columns: [
    { name: 'id', type: 'integer', nullable: false, primary_key: true },
    { name: 'first_name', type: 'character varying(255)', nullable: true },
  ],
};

export const schemaAnswer = z
  .object({
    schema: z.object({
      tables: z.array(tableAnswer),
      relationships: z.array(
        z.object({
          table: z.string(),
          column: z.string(),
          referenced_table: z.string(),
          referenced_column: perhaps(z.string()),
          constraint: z.string(),
        }),
      ),
    }),
    server_info: z.object({ version: z.string(), encoding: z.string(), collation: z.string() }),
  })
  .meta({
    examples: [
      {
        schema: {
          tables: [{ ...TABLE_EXAMPLE, name: 'users', row_count: 15 }],
          relationships: [
            {
              table: 'conversations',
              column: 'user_id',
              referenced_table: 'users',
              referenced_column: 'id',
              constraint: 'conversations_user_id_fkey',
            },
          ],
        },
        server_info: { version: 'PostgreSQL 14.9', encoding: 'UTF8', collation: 'en_US.UTF-8' },
      },
    ],
  });

/** A source's schema as document 000 prints it. */
export function presentSchema(source: SourceSchema): Presented<typeof schemaAnswer> {
  const { tables, relationships, serverInfo } = source;
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
export function presentTable(table: SourceTable): Presented<typeof tableAnswer> {
  const { name, schema, kind, rowCount, columns } = table;
  return {
    name,
    schema,
    kind,
    row_count: rowCount.value,
    row_count_kind: rowCount.kind,
    columns: columns.map(presentColumn),
  };
}

function presentColumn({ name, type, nullable, primaryKey }: SourceColumn): Presented<typeof columnAnswer> {
  return { name, type, nullable, ...(primaryKey ? { primary_key: true } : {}) };
}

import type {
  RowCount,
  SourceColumn,
  SourceIndex,
  SourceRelationship,
  SourceSchema,
  SourceTable,
} from '../../../domain/source-schema.ts';
import { readColumns, readForeignKeys, readIndexes, readRelations, readTypes } from './catalog.ts';
import type { CatalogColumn, CatalogForeignKey, CatalogIndex, CatalogRelation } from './catalog.ts';
import { countRelations } from './row-counts.ts';
import { readServerInfo } from '../connection/server-info.ts';
import type { SourceSession, TextRow } from '../connection/session.ts';
import { listedName } from './table-names.ts';
import { familyOf } from '../expression/types.ts';

/** What is read besides names, columns and keys. */
export interface IntrospectOptions {
  /** Whether rows are counted; without, the server's estimates are told. True by default. */
  readonly countRows?: boolean;
}

/**
 * The tables, views, columns, keys and relationships of a source that its user may read; a handful of catalog queries
 * whatever its size.
 * @throws AppError as `SourceSession.query`
 */
export async function introspect(session: SourceSession, options: IntrospectOptions = {}): Promise<SourceSchema> {
  const catalog = await session.transaction(async () => {
    const relations = await readRelations(session);
    const oids = relations.map(({ oid }) => oid);
    const columns = await readColumns(session, oids);
    return {
      relations,
      columns,
      indexes: await readIndexes(session, oids),
      foreignKeys: await readForeignKeys(session),
      types: await readTypes(session, [...new Set(columns.map(({ typeOid }) => typeOid))]),
      serverInfo: await readServerInfo(session),
      current: (await session.query('select current_schema()'))[0]?.[0] ?? 'public',
    };
  });
  const { relations } = catalog;
  const counts = options.countRows === false ? new Map<number, RowCount>() : await countRelations(session, relations);
  const defaultSchema = relations.some(({ schema }) => schema === 'public') ? 'public' : catalog.current;
  const columns = Map.groupBy(catalog.columns, ({ relation }) => relation);
  const indexes = Map.groupBy(catalog.indexes, ({ relation }) => relation);
  const tables = new Map(
    relations.map((relation) => [
      relation.oid,
      describeTable(relation, {
        columns: columns.get(relation.oid) ?? [],
        indexes: indexes.get(relation.oid) ?? [],
        types: catalog.types,
        count: counts.get(relation.oid),
        defaultSchema,
      }),
    ]),
  );
  return {
    tables: [...tables.values()],
    relationships: catalog.foreignKeys.flatMap((key) => describeRelationship(key, tables)),
    serverInfo: catalog.serverInfo,
    defaultSchema,
  };
}

interface TableParts {
  readonly columns: readonly CatalogColumn[];
  readonly indexes: readonly CatalogIndex[];
  readonly types: ReadonlyMap<number, TextRow>;
  readonly count: RowCount | undefined;
  readonly defaultSchema: string;
}

function describeTable(relation: CatalogRelation, parts: TableParts): SourceTable {
  const { schema, table, kind, estimate } = relation;
  const primary = parts.indexes.find((index) => index.primary)?.columns.map(({ number }) => number) ?? [];
  const byNumber = new Map(parts.columns.map((column) => [column.number, column]));
  return {
    schema,
    table,
    name: listedName(schema, table, parts.defaultSchema),
    kind,
    columns: parts.columns.map((column) => describeColumn(column, primary.includes(column.number), parts.types)),
    indexes: parts.indexes.flatMap((index) => describeIndex(index, byNumber)),
    keysHold: !relation.hasChildren,
    rowCount:
      parts.count ?? (estimate === null ? { kind: 'unknown', value: null } : { kind: 'estimated', value: estimate }),
  };
}

function describeColumn(column: CatalogColumn, primaryKey: boolean, types: ReadonlyMap<number, TextRow>): SourceColumn {
  const [oid, name, kind, category, baseType] = types.get(column.typeOid) ?? [];
  return {
    name: column.name,
    type: column.type,
    baseType: baseType ?? column.type,
    family: familyOf({ oid: Number(oid), name: name ?? '', kind: kind ?? '', category: category ?? '' }),
    nullable: column.nullable,
    primaryKey,
  };
}

/** An index is of use only when all its columns may be read. */
function describeIndex(index: CatalogIndex, columns: ReadonlyMap<number, CatalogColumn>): SourceIndex[] {
  const keyed = index.columns.flatMap(({ number, collation }) => {
    const column = columns.get(number);
    return column ? [{ name: column.name, collation }] : [];
  });
  if (keyed.length !== index.columns.length) return [];
  return [{ columns: keyed, unique: index.unique, primary: index.primary }];
}

function describeRelationship(key: CatalogForeignKey, tables: ReadonlyMap<number, SourceTable>): SourceRelationship[] {
  const table = tables.get(key.relation);
  const referenced = tables.get(key.referenced);
  if (!table || !referenced) return [];
  const { constraint, columns, referencedColumns } = key;
  return [{ constraint, table: table.name, columns, referencedTable: referenced.name, referencedColumns }];
}

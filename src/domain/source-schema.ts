/** What a value of a source column is, whatever the server calls its type; decides how its text is converted. */
export const COLUMN_FAMILIES = [
  'text',
  'integer',
  'numeric',
  'float',
  'money',
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

/** By what a source finds the rows that became a value: its text, the number that it is, or nothing but a look at all. */
export type FoundBy = 'text' | 'number' | 'nothing';

export interface SourceColumn {
  readonly name: string;
  /** As the server writes it: `character varying(255)`. */
  readonly type: string;
  /** The type without length or scale, under its domain; safe to cast a parameter to. */
  readonly baseType: string;
  readonly family: ColumnFamily;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
}

export interface SourceCollation {
  readonly schema: string;
  readonly name: string;
}

/** A btree index over plain columns of a whole table, its columns in order. */
export interface SourceIndex {
  readonly columns: readonly SourceIndexColumn[];
  readonly unique: boolean;
  readonly primary: boolean;
}

export interface SourceIndexColumn {
  readonly name: string;
  /** What the index sorts it by, where that is not what the column itself is sorted by. */
  readonly collation: SourceCollation | null;
}

export const RELATION_KINDS = ['table', 'partitioned_table', 'view', 'materialized_view', 'foreign_table'] as const;
export type RelationKind = (typeof RELATION_KINDS)[number];

/** `exact` was counted, `estimated` is the server's own statistics, `unknown` took too long to count. */
export type RowCount =
  | { readonly kind: 'exact' | 'estimated'; readonly value: number }
  | { readonly kind: 'unknown'; readonly value: null };

export interface SourceTable {
  readonly schema: string;
  readonly table: string;
  /** How it is listed and asked for: the bare name in the default schema, else `schema.table`. */
  readonly name: string;
  readonly kind: RelationKind;
  readonly columns: readonly SourceColumn[];
  readonly indexes: readonly SourceIndex[];
  /** Whether a key is unique over all rows that reading it gives: false when tables inherit from it. */
  readonly keysHold: boolean;
  readonly rowCount: RowCount;
}

export interface SourceRelationship {
  readonly constraint: string;
  /** Listed name of the table that refers. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly referencedTable: string;
  readonly referencedColumns: readonly string[];
}

export interface SourceServerInfo {
  /** `PostgreSQL 14.9`. */
  readonly version: string;
  readonly encoding: string;
  readonly collation: string;
}

export interface SourceSchema {
  readonly tables: readonly SourceTable[];
  readonly relationships: readonly SourceRelationship[];
  readonly serverInfo: SourceServerInfo;
  /** The schema whose tables go by their bare names. */
  readonly defaultSchema: string;
}

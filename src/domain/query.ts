/**
 * What is read from a source database and how: the connection, and per target type one query made of a base table,
 * joins, fields and filters. Pure data, saved with a profile; nothing in it is trusted until `buildSourceQuery` has
 * held it against the schema of the source.
 */

export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Everything that ever reaches a source's driver; there is no way to hand it further options. */
export interface SourceConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly sslMode: SslMode;
}

export const JOIN_TYPES = ['inner', 'left', 'right', 'full'] as const;
export type JoinType = (typeof JOIN_TYPES)[number];

export interface QueryJoin {
  readonly type: JoinType;
  /** A table as the schema lists it, `schema.table`, either with `as name`, or a `derived:` relation. */
  readonly table: string;
  /** A boolean SQL expression over the tables joined so far. */
  readonly on: string;
  /** A further one, part of the ON like the first. */
  readonly condition?: string | null;
}

export interface QueryField {
  /** A SQL expression over the joined tables. */
  readonly source: string;
  /** The field of the target that takes its value. */
  readonly target: string;
  /** What a field mapper calls it (`direct`, `custom`, `case_when`, `math`); kept for it, of no effect here. */
  readonly transformation?: string | null;
}

export const FILTER_OPERATORS = [
  '=',
  '!=',
  '<>',
  '>',
  '>=',
  '<',
  '<=',
  'like',
  'not like',
  'ilike',
  'not ilike',
  'in',
  'not in',
  'is null',
  'is not null',
  'between',
] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

export interface QueryFilter {
  /** A column, with its table's name in front where that is not clear. */
  readonly field: string;
  /** One of `FILTER_OPERATORS`, in upper or lower case. */
  readonly operator: string;
  /** A scalar, an array for `in` and `not in`, `[from, to]` for `between`, nothing for the null tests. */
  readonly value?: unknown;
}

export interface QueryConfiguration {
  readonly name?: string | null;
  readonly baseTable: string;
  readonly joins: readonly QueryJoin[];
  readonly fields: readonly QueryField[];
  readonly filters: readonly QueryFilter[];
  readonly targetType: string;
}

/**
 * Where a reader stands in a source's order: the last key it took, as text in its own type, and how many rows of that
 * key it has taken (a join may make several rows of one base row).
 */
export interface SourcePosition {
  readonly key: readonly string[];
  readonly ordinal: number;
}

/** The rows whose key is greater than `after` and not greater than `upTo`; null means open to that side. */
export interface SourceRange {
  readonly after: readonly string[] | null;
  readonly upTo: readonly string[] | null;
  /** Rows in it when it was planned. */
  readonly rows: number;
}

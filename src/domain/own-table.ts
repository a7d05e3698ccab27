import type { OwnConstraint, OwnForeignKey } from './target.ts';

/** An existing table as somebody wants it to be a target. */
export interface OwnTargetInput {
  readonly type: string;
  readonly label: string;
  readonly table: string;
  readonly identity: readonly string[];
  /** All columns that can be written, under their own names, when null. */
  readonly fields: readonly OwnFieldInput[] | null;
  readonly references: readonly OwnReferenceInput[];
}

export interface OwnFieldInput {
  readonly name: string;
  /** The column of that name when null. */
  readonly column: string | null;
  readonly type: string | null;
  readonly required: boolean | null;
}

/** A field whose source value is the identifier of a row of another target; without one, a foreign key takes raw values. */
export interface OwnReferenceInput {
  readonly field: string;
  readonly target: string;
  readonly whenUnknown: 'fail' | 'leave_empty';
}

/** A table that somebody made, as the catalog tells of it before it is a target. */
export interface TableFacts {
  readonly schema: string;
  readonly table: string;
  /** `pg_class.relkind`. */
  readonly kind: string;
  readonly persistence: string;
  readonly isPartition: boolean;
  readonly hasChildren: boolean;
  readonly hasRules: boolean;
  readonly ofExtension: boolean;
  /** Those of select, insert, update and delete that the store's user does not have. */
  readonly missingRights: readonly string[];
  readonly columns: readonly ColumnFacts[];
  readonly primaryKey: readonly string[] | null;
  /** Unique indexes of whole columns over all rows. */
  readonly uniques: readonly OwnConstraint[];
  /** The other unique ones, which tell no row from all others: over part of the rows, or over expressions. */
  readonly partialUniques: readonly OwnConstraint[];
  readonly foreignKeys: readonly OwnForeignKey[];
  /** Checks and exclusions. */
  readonly checks: readonly OwnConstraint[];
}

export interface ColumnFacts {
  readonly name: string;
  /** As PostgreSQL writes it, with length and scale. */
  readonly declared: string;
  /** The type under domains. */
  readonly base: { readonly schema: string; readonly name: string; readonly modifier: number };
  readonly notNull: boolean;
  readonly default: string | null;
  /** `a` always, `d` by default, empty: no identity. */
  readonly identity: string;
  /** Computed from others; it cannot be written. */
  readonly generated: boolean;
}

import type { SourceSchema } from '../../../domain/source-schema.ts';
import type { Sql } from './fragment.ts';
import type { ScopeColumn } from './scope.ts';

/**
 * A relation that is computed in the source by SQL of ours, for what a user's expressions may not say, such as "the
 * first e-mail of each customer". A join names it as `derived:NAME`; its SQL is never part of a configuration.
 */
export interface DerivedRelation {
  readonly name: string;
  readonly columns: readonly ScopeColumn[];
  /** It has at the most one row for each value of this column. */
  readonly key: string;
  /** Its SQL on a source whose base table lies in the given schema, or what that source lacks for it. */
  build(source: SourceSchema, baseSchema: string): DerivedSql | { readonly missing: string };
}

export interface DerivedSql {
  /** A query giving all its rows. */
  readonly all: Sql;
  /** A query giving the row of one key, where an index makes that the better way. */
  readonly ofKey: ((key: Sql) => Sql) | null;
}

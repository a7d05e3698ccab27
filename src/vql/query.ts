import type { DirectoryColumn, Service } from '../domain/directory/columns.ts';
import type { Filter } from './filters.ts';

/** How a text is looked for: all its words, the words as a phrase, or a phrase whose last word may go on. */
export const SEARCH_TYPES = ['match', 'match_phrase', 'match_phrase_prefix'] as const;
export type SearchType = (typeof SEARCH_TYPES)[number];

export const RANGE_OPERATORS = ['gte', 'gt', 'lte', 'lt'] as const;
export type RangeOperator = (typeof RANGE_OPERATORS)[number];

export interface Bound {
  readonly operator: RangeOperator;
  /** A number for an integer filter; a day or an ISO moment for the others. */
  readonly value: number | string;
}

/** What rows must fulfil, or must not: a row without a value fulfils nothing, so what must not be keeps it. */
export type Condition = { readonly filter: Filter; readonly negated: boolean } & (
  | { readonly kind: 'text'; readonly search: SearchType; readonly text: string }
  | { readonly kind: 'keyword'; readonly values: readonly string[] }
  | { readonly kind: 'range'; readonly bounds: readonly Bound[] }
);

export interface OrderTerm {
  readonly column: DirectoryColumn;
  readonly descending: boolean;
}

/** A query of the directory, checked and complete. */
export interface VqlQuery {
  readonly service: Service;
  /** All of them hold. */
  readonly where: readonly Condition[];
  /** In order of weight; what follows is `sortKeys`' business. */
  readonly orderBy: readonly OrderTerm[];
  /** The cursor of the row after which to begin. */
  readonly cursor: readonly string[] | null;
  /** What of each row is answered, in this order. */
  readonly columns: readonly DirectoryColumn[];
  /** What of a contact's company is answered with it; null: nothing. */
  readonly companyColumns: readonly DirectoryColumn[] | null;
  /** From 1. */
  readonly page: number;
  /** Rows of a page; null: all rows, for exports alone. */
  readonly limit: number | null;
}

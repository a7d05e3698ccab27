/** One row as the source gave it: every value as text, in the order of the query's fields. */
export type SourceRow = readonly (string | null)[];

import { AppError } from '../domain/errors.ts';
import type { FieldMistakes } from '../domain/errors.ts';

/** The names under which the wire knows what is wrong with a query. */
export const VQL_ERRORS = [
  'ERR_UNKNOWN_FILTER_KEY',
  'ERR_UNKNOWN_COLUMN',
  'ERR_PAGE_SIZE_EXCEEDED',
  'ERR_BAD_CURSOR',
  'ERR_INVALID_QUERY',
] as const;
export type VqlErrorName = (typeof VQL_ERRORS)[number];

export interface VqlMistake {
  readonly name: VqlErrorName;
  /** Where: `where.keyword_match.must.country`. */
  readonly path: string;
  /** A full sentence that needs no path. */
  readonly message: string;
}

/** More than these are not told. */
const TOLD = 50;

/**
 * All mistakes of a query as one `validation` error. Its message is what the wire says (`ERR_NAME: sentence sentence`),
 * named after the first that has a name of its own; `details.name` holds that name, `details.fields` the sentences by path.
 */
export function refusedQuery(mistakes: readonly VqlMistake[]): AppError {
  const told = mistakes.toSorted((a, b) => weight(a) - weight(b)).slice(0, TOLD);
  const name = told[0]?.name ?? 'ERR_INVALID_QUERY';
  const byPath = Map.groupBy(told, ({ path }) => path);
  const fields = Object.fromEntries([...byPath].map(([path, here]) => [path, here.map(({ message }) => message)]));
  return new AppError('validation', `${name}: ${told.map(({ message }) => message).join(' ')}`, {
    details: { name, fields: fields satisfies FieldMistakes },
  });
}

function weight({ name }: VqlMistake): number {
  return name === 'ERR_INVALID_QUERY' ? 1 : 0;
}

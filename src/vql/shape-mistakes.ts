import type { z } from 'zod';
import type { Service } from '../domain/directory/columns.ts';
import { findFilter } from './filters.ts';
import { VQL_ERRORS } from './mistakes.ts';
import type { VqlMistake } from './mistakes.ts';

/** What is wrong with a query, as its schema found it. */
export function shapeMistakes(service: Service, issues: readonly z.core.$ZodIssue[]): VqlMistake[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(service, issue.path, key));
    const name = VQL_ERRORS.find((known) => issue.code === 'custom' && issue.params?.['name'] === known);
    if (name !== undefined) return [{ name, path, message: issue.message }];
    return [{ name: 'ERR_INVALID_QUERY' as const, path, message: `${path || 'The query'}: ${issue.message}.` }];
  });
}

/** A filter that there is not, or that stands where those of another type do. */
export function unknownFilter(service: Service, key: string, part: string): Omit<VqlMistake, 'path'> {
  const filter = findFilter(service, key);
  if (filter === undefined) {
    return { name: 'ERR_UNKNOWN_FILTER_KEY', message: `A ${service} has no filter ${JSON.stringify(key)}.` };
  }
  return { name: 'ERR_INVALID_QUERY', message: `${key} is a ${filter.type} filter, which ${part} does not know.` };
}

/** Below `where.PART.must` and `must_not` keys are filters, elsewhere words of the language. */
function unknownKey(service: Service, above: readonly PropertyKey[], key: string): VqlMistake {
  const path = [...above, key].map(String).join('.');
  const [where, part] = above;
  if (where === 'where' && above.length === 3) return { ...unknownFilter(service, key, String(part)), path };
  return { name: 'ERR_UNKNOWN_FILTER_KEY', path, message: `There is no ${JSON.stringify(path)} in a query.` };
}

/** More rows than a page may have; looked for by itself, so that it is told beside whatever else is wrong. */
export function pageSizeMistakes(input: unknown, most: number | null): VqlMistake[] {
  const limit: unknown = typeof input === 'object' && input !== null && 'limit' in input ? input.limit : null;
  if (most === null || typeof limit !== 'number' || limit <= most) return [];
  const message = `A page has at most ${most} rows; ${limit} were asked for.`;
  return [{ name: 'ERR_PAGE_SIZE_EXCEEDED', path: 'limit', message }];
}

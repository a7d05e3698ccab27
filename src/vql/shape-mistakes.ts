import type { z } from 'zod';
import type { Service } from '../domain/directory/columns.ts';
import { findFilter } from './filters.ts';
import type { VqlMistake } from './mistakes.ts';

/** What is wrong with the shape of a query, as its schema found it. */
export function shapeMistakes(service: Service, issues: readonly z.core.$ZodIssue[]): VqlMistake[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey(service, path === '' ? [] : path.split('.'), key));
    }
    return [{ name: 'ERR_INVALID_QUERY' as const, path, message: `${path || 'The query'}: ${issue.message}.` }];
  });
}

/** A key may be known and stand in the wrong place, which is another mistake. */
function unknownKey(service: Service, path: readonly string[], key: string): VqlMistake {
  const whole = [...path, key].join('.');
  const [, part, side, below] = path;
  const filter = side !== undefined && below === undefined ? findFilter(service, key) : undefined;
  if (part !== undefined && filter !== undefined) {
    const message = `${key} is a ${filter.type} filter, which ${part} does not know.`;
    return { name: 'ERR_INVALID_QUERY', path: whole, message };
  }
  const message =
    side === undefined || below !== undefined
      ? `There is no ${JSON.stringify(whole)} in a query.`
      : `A ${service} has no filter ${JSON.stringify(key)}.`;
  return { name: 'ERR_UNKNOWN_FILTER_KEY', path: whole, message };
}

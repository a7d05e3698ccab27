import type { FieldMistakes } from '../domain/errors.ts';
import { invalid, notFound } from '../domain/errors.ts';
import type { Route } from './dialect.ts';
import { parseFields, parseFilters } from './field-mistakes.ts';
import { parseQueryString } from './query-string.ts';

/** What of a request a route's schemas look at, as it came. */
export interface RawInput {
  readonly params: Readonly<Record<string, string>>;
  /** With or without its question mark. */
  readonly queryString: string;
  readonly json: unknown;
}

export interface ParsedInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/**
 * The input as the route's schemas parse it. A path that cannot name anything is `not_found`, like one that names
 * nothing; mistakes of query and body are one `validation` with all of them.
 */
export function parseInput(route: Route, raw: RawInput): ParsedInput {
  const params = route.params === undefined ? { value: raw.params } : parseFields(route.params, raw.params, 'path');
  if ('mistakes' in params) throw notFound(route.subject ?? 'Resource');

  const query =
    route.query === undefined ? { value: {} } : parseFilters(route.query, parseQueryString(raw.queryString), 'query');
  // A body that is not there is one with no fields: then every required one is named.
  const body = route.body === undefined ? { value: undefined } : parseFields(route.body, raw.json ?? {}, 'body');
  if ('mistakes' in query || 'mistakes' in body) {
    const mistakes: FieldMistakes = {
      ...('mistakes' in query ? query.mistakes : {}),
      ...('mistakes' in body ? body.mistakes : {}),
    };
    throw invalid(mistakes);
  }
  return { params: params.value, query: query.value, body: body.value };
}

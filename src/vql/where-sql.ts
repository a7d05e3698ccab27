import { absurd } from '../domain/errors.ts';
import { isUuid } from '../domain/uuid.ts';
import { isDay } from '../domain/directory/clean.ts';
import type { Parameters } from './parameters.ts';
import type { Bound, Condition, RangeOperator, SearchType, VqlQuery } from './query.ts';

/** The condition of a query's rows, those of the tenant alone. */
export function whereSql(query: Pick<VqlQuery, 'where'>, tenantId: string, parameters: Parameters): string {
  const mine = `"tenant_id" = ${parameters.add(tenantId, 'uuid')}`;
  const covered = query.where.length > 0 && query.where.every(isCovered);
  const conditions = query.where.map((condition) => {
    const sql = conditionSql(condition, covered, parameters);
    return condition.negated ? `(${sql}) is not true` : `(${sql})`;
  });
  return [mine, ...conditions].join(' and ');
}

/**
 * Whether an index that holds nothing but the tenant and some folded columns can tell it. Where it can tell the whole
 * query, rows are counted without looking at a single one of them; else facets are better, for one scan of the other
 * index finds what fulfils all conditions at once.
 */
function isCovered({ filter }: Condition): boolean {
  return filter.how.kind === 'facet' && filter.how.covered !== undefined;
}

/** True where a row fulfils a condition; false or null where not. */
function conditionSql(condition: Condition, covered: boolean, parameters: Parameters): string {
  const { how, key } = condition.filter;
  switch (condition.kind) {
    case 'text':
      if (how.kind !== 'words') break;
      return `${how.words} @@ ${searchSql(condition.search, parameters.add(condition.text, 'text'))}`;
    case 'keyword':
      if (how.kind === 'uuid') {
        return `"${how.column}" = any(${parameters.add(condition.values.filter(isUuid), 'uuid[]')})`;
      }
      if (condition.values.length === 0) return 'false';
      if (how.kind === 'plain') return `directory_key("${how.column}") in (${folded(condition.values, parameters)})`;
      if (how.kind !== 'facet') break;
      if (covered && how.covered !== undefined) return `"${how.covered}" in (${folded(condition.values, parameters)})`;
      // No index finds what does not fulfil a condition.
      return `${condition.negated ? how.pairs : how.facets} && directory_keys('${key}', ${parameters.add(condition.values, 'text[]')})`;
    case 'range':
      if (how.kind === 'integer' || how.kind === 'date' || how.kind === 'time') {
        const { column, kind } = how;
        return condition.bounds.map((bound) => BOUND_SQL[kind](`"${column}"`, bound, parameters)).join(' and ');
      }
      break;
    default:
      absurd(condition);
  }
  throw new Error(`a ${condition.kind} condition on ${key}, which is found by ${how.kind}`);
}

/** Each in a place of its own, so that the planner knows the folded values when it looks at its statistics. */
function folded(values: readonly string[], parameters: Parameters): string {
  return values.map((value) => `directory_key(${parameters.add(value, 'text')})`).join(', ');
}

/** What a text looks for. One without a word finds nothing: its query is null. */
export function searchSql(search: SearchType, text: string): string {
  switch (search) {
    case 'match':
      return `directory_match(${text})::tsquery`;
    case 'match_phrase':
      return `directory_phrase(${text})::tsquery`;
    case 'match_phrase_prefix':
      return `(directory_phrase(${text}) || ':*')::tsquery`;
    default:
      return absurd(search);
  }
}

const COMPARE: Readonly<Record<RangeOperator, string>> = { gte: '>=', gt: '>', lte: '<=', lt: '<' };

const BOUND_SQL: Readonly<
  Record<'integer' | 'date' | 'time', (column: string, bound: Bound, parameters: Parameters) => string>
> = { integer: integerBound, date: dateBound, time: timeBound };

const GREATEST = 2n ** 63n - 1n;

/** A bound may have a fraction, and may lie where no whole number of 64 bits does. */
function integerBound(column: string, { operator, value }: Bound, parameters: Parameters): string {
  const up = operator === 'gte' || operator === 'lt';
  const whole = BigInt(up ? Math.ceil(Number(value)) : Math.floor(Number(value)));
  const above = operator === 'gte' || operator === 'gt';
  if (whole > GREATEST) return above ? 'false' : `${column} is not null`;
  if (whole < -GREATEST - 1n) return above ? `${column} is not null` : 'false';
  return `${column} ${COMPARE[operator]} ${parameters.add(whole.toString(), 'bigint')}`;
}

function dateBound(column: string, { operator, value }: Bound, parameters: Parameters): string {
  return `${column} ${COMPARE[operator]} ${parameters.add(value, 'date')}`;
}

/**
 * Moments are told to the millisecond, so that is how they are compared: one that was told, as a bound, is the row's own. A
 * day is all of it: up to it includes it, after it begins with the next. In UTC.
 */
function timeBound(column: string, { operator, value }: Bound, parameters: Parameters): string {
  const text = String(value);
  const compare = operator === 'gte' || operator === 'gt' ? '>=' : '<';
  const itself = operator === 'gte' || operator === 'lt';
  if (isDay(text)) {
    const start = parameters.add(`${text}T00:00:00Z`, 'timestamptz');
    return `${column} ${compare} ${start}${itself ? '' : ` + interval '24 hours'`}`;
  }
  const moment = `${parameters.add(text, 'timestamptz')} + interval '${itself ? 999 : 1000} microseconds'`;
  return `${column} ${compare} date_trunc('milliseconds', ${moment})`;
}

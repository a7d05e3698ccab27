import { FILTER_OPERATORS } from '../../../domain/query.ts';
import type { FilterOperator, QueryFilter } from '../../../domain/query.ts';
import { compileExpression } from '../expression/expression.ts';
import { renderForPeople } from '../expression/fragment.ts';
import type { Sql, SqlValue } from '../expression/fragment.ts';
import { Refusal } from '../expression/parse-sql.ts';
import { columnSql } from '../expression/scope.ts';
import type { ResolvedColumn, ScopeRelation } from '../expression/scope.ts';

export interface CompiledFilter {
  readonly sql: Sql;
  readonly column: ResolvedColumn;
  /** As people read it; columns of the base table go without its name. */
  readonly shown: string;
}

/** A mistake in one part of a filter. */
export class FilterRefusal extends Error {
  readonly part: 'field' | 'operator' | 'value';

  constructor(part: 'field' | 'operator' | 'value', message: string) {
    super(message);
    this.part = part;
  }
}

const MAX_LIST = 10_000;
const NUMBER = /^-?\d+(\.\d+)?$/;

/**
 * Compiles a filter: a column, an operator of the list, and values that are always parameters of the column's type.
 * @param scope all relations of the query, the base table first
 * @throws FilterRefusal naming the part at fault
 */
export function compileFilter(filter: QueryFilter, scope: readonly ScopeRelation[], place: string): CompiledFilter {
  const column = filterColumn(filter.field, scope);
  const operator = filterOperator(filter.operator);
  const build = (left: Sql): Sql => comparison(left, operator, filter.value, column);
  const shownColumn: Sql = column.relation === scope[0] ? [{ name: column.column.name }] : columnSql(column);
  return {
    sql: [{ place, sql: build(columnSql(column)) }],
    column,
    shown: renderForPeople(build(shownColumn)),
  };
}

function filterColumn(field: string, scope: readonly ScopeRelation[]): ResolvedColumn {
  try {
    const { column } = compileExpression(field, scope);
    if (column) return column;
  } catch (error) {
    if (error instanceof Refusal) throw new FilterRefusal('field', error.sentence);
    throw error;
  }
  throw new FilterRefusal('field', 'A filter is on a column, not on an expression');
}

function filterOperator(text: string): FilterOperator {
  const wanted = text.trim().toLowerCase().replaceAll(/\s+/g, ' ');
  const operator = FILTER_OPERATORS.find((each) => each === wanted);
  if (operator) return operator;
  throw new FilterRefusal('operator', `The operator ${text} is not known; it is one of ${FILTER_OPERATORS.join(', ')}`);
}

function comparison(left: Sql, operator: FilterOperator, value: unknown, { column }: ResolvedColumn): Sql {
  switch (operator) {
    case 'is null':
    case 'is not null':
      return [...left, ' ', { word: operator }];
    case 'in':
    case 'not in':
      return membership(left, operator, bindList(value, column));
    case 'between': {
      const [from, to, ...more] = Array.isArray(value) ? (value as unknown[]) : [];
      if (from === undefined || to === undefined || more.length > 0) {
        throw new FilterRefusal('value', 'between takes [from, to]');
      }
      return [...left, ' ', { word: 'between' }, ' ', bind(from, column), ' ', { word: 'and' }, ' ', bind(to, column)];
    }
    case 'like':
    case 'not like':
    case 'ilike':
    case 'not ilike': {
      const pattern: SqlValue = { value: bind(value, column).value, cast: 'pg_catalog.text' };
      const text: Sql = column.family === 'text' ? left : [...left, { hidden: ['::pg_catalog.text'] }];
      return [...text, ' ', { word: operator }, ' ', pattern];
    }
    default:
      return [...left, ` ${operator} `, bind(value, column)];
  }
}

function membership(left: Sql, operator: 'in' | 'not in', list: SqlValue): Sql {
  const test: Sql = operator === 'in' ? [' = any(', list, ')'] : [' <> all(', list, ')'];
  return [...left, { hidden: test }, { shown: [' ', { word: operator }, ' ', list] }];
}

function bindList(value: unknown, column: ResolvedColumn['column']): SqlValue {
  if (!Array.isArray(value) || value.length === 0) throw new FilterRefusal('value', 'in takes a list of values');
  if (value.length > MAX_LIST) throw new FilterRefusal('value', `A list may have ${MAX_LIST} values at the most`);
  const bound = value.map((item: unknown) => bind(item, column));
  return {
    value: bound.map((item) => (typeof item.value === 'string' ? item.value : null)),
    cast: `${column.baseType}[]`,
    bare: bound.every(({ bare }) => bare === true),
  };
}

function bind(value: unknown, { baseType, family }: ResolvedColumn['column']): SqlValue {
  const text = textOf(value, family === 'integer' || family === 'numeric');
  if (text.includes('\0')) throw new FilterRefusal('value', 'A zero byte is not allowed');
  const numeric = family === 'integer' || family === 'numeric' || family === 'float';
  const bare = numeric ? NUMBER.test(text) : family === 'boolean' && /^(true|false)$/.test(text);
  return { value: text, cast: baseType, bare };
}

/** A truth value counts as 1 or 0 where a source keeps such columns as numbers. */
function textOf(value: unknown, numeric: boolean): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value === 'boolean') return numeric ? String(Number(value)) : String(value);
  if (value === null || value === undefined) {
    throw new FilterRefusal('value', 'A value is needed; to ask for empty columns use "is null"');
  }
  throw new FilterRefusal('value', 'The value must be a text, a number, true or false');
}

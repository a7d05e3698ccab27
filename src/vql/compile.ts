import type { DirectoryColumn } from '../domain/directory/columns.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { Parameters } from './parameters.ts';
import { behindSql, orderSql } from './position-sql.ts';
import type { VqlQuery } from './query.ts';
import { readValue, TABLES, valueSql } from './column-sql.ts';
import { sortKeys } from './sort-keys.ts';
import { whereSql } from './where-sql.ts';

/** A statement for `pg`, whose rows are lists. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
  readonly rowMode: 'array';
}

/** A row as it is answered: the columns that were asked for, `company` where that was, and `cursor`. */
export type DirectoryRow = Readonly<Record<string, unknown>>;

export interface CompiledSearch {
  readonly statement: Statement;
  /** Makes an answer of one row of the statement. */
  readonly read: (row: readonly unknown[]) => DirectoryRow;
}

/** The rows of a query: one statement, which reads a page in the index's order or sorts what the filters leave. */
export function compileSearch(query: VqlQuery, tenantId: string): CompiledSearch {
  const { service, columns, companyColumns } = query;
  const parameters = new Parameters();
  const keys = sortKeys(service, query.orderBy);
  const rows = pageSql(query, tenantId, parameters, [
    ...columns.map((column, index) => `${valueSql(column, '')} as "v${index}"`),
    ...keys.map((key, index) => `${keyText(key)} as "k${index}"`),
    ...(companyColumns === null ? [] : ['"tenant_id" as "tenant"', '"company_id" as "company"']),
  ]);
  const text = companyColumns === null ? rows : withCompanies(rows, columns, keys.length, companyColumns);

  const companyAt = columns.length + keys.length;
  return {
    statement: { text, values: parameters.values, rowMode: 'array' },
    read: (row) => ({
      ...readColumns(columns, row, 0),
      ...(companyColumns === null
        ? {}
        : { company: row[companyAt] === null ? null : readColumns(companyColumns, row, companyAt + 1) }),
      cursor: encodeCursor(service, keys, row.slice(columns.length, companyAt).map(String)),
    }),
  };
}

/** How many rows a query has, wherever it begins and however long its pages are; the row's one value is the number. */
export function compileCount(query: Pick<VqlQuery, 'service' | 'where'>, tenantId: string): Statement {
  const parameters = new Parameters();
  const where = whereSql(query, tenantId, parameters);
  const text = `select count(*) from ${TABLES[query.service]} where ${where}`;
  return { text, values: parameters.values, rowMode: 'array' };
}

/** What is selected of the rows of a query, in their order, from its cursor or page on. */
export function pageSql(
  query: VqlQuery,
  tenantId: string,
  parameters: Parameters,
  selected: readonly string[],
): string {
  const { service, limit, page } = query;
  const keys = sortKeys(service, query.orderBy);
  const conditions = [whereSql(query, tenantId, parameters)];
  if (query.cursor !== null) {
    const values = decodeCursor(service, keys, query.cursor);
    if (values === null) throw new Error('a cursor that the parser did not see');
    conditions.push(behindSql(keys, values, parameters));
  }
  const bounds =
    limit === null
      ? ''
      : `limit ${parameters.add(limit, 'bigint')} offset ${parameters.add((page - 1) * limit, 'bigint')}`;
  return `
    select ${selected.join(', ')}
    from ${TABLES[service]} where ${conditions.join(' and ')} order by ${orderSql(keys)} ${bounds}`;
}

/** Looks the company up for each row of the page, and for no other. */
function withCompanies(
  rows: string,
  columns: readonly DirectoryColumn[],
  keys: number,
  companyColumns: readonly DirectoryColumn[],
): string {
  const own = [
    ...columns.map((_, index) => `"p"."v${index}"`),
    ...Array.from({ length: keys }, (_, index) => `"p"."k${index}"`),
  ];
  const company = companyColumns.map((column, index) => `${valueSql(column, '"c".')} as "c${index}"`);
  return `select ${[...own, '"c".*'].join(', ')}
    from (${rows}) as "p" left join lateral (
      select ${['"c"."id"', ...company].join(', ')} from ${TABLES.company} as "c"
      where "c"."tenant_id" = "p"."tenant" and "c"."id" = "p"."company" limit 1
    ) as "c" on true`;
}

function keyText({ sql, cast }: { readonly sql: string; readonly cast: string }): string {
  return cast === 'timestamptz'
    ? `to_char(${sql} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
    : `(${sql})::text`;
}

function readColumns(columns: readonly DirectoryColumn[], row: readonly unknown[], from: number): DirectoryRow {
  return Object.fromEntries(columns.map((column, index) => [column.name, readValue(column, row[from + index])]));
}

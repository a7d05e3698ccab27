import type { DirectoryColumn } from '../domain/directory/columns.ts';
import { TABLES, valueSql } from './column-sql.ts';
import { pageSql } from './compile.ts';
import type { Statement } from './compile.ts';
import { Parameters } from './parameters.ts';
import type { VqlQuery } from './query.ts';

/** One column of an exported file. */
export interface ExportedColumn {
  readonly name: string;
  /** Whether its values are texts that somebody wrote, and not numbers, days or ids. */
  readonly free: boolean;
}

export interface CompiledExport {
  /** Its rows hold a text or null for each column. */
  readonly statement: Statement;
  readonly columns: readonly ExportedColumn[];
}

/** All rows of a query as texts: lists with commas between their items, a contact's company in columns of its own. */
export function compileExport(query: VqlQuery, tenantId: string): CompiledExport {
  const { columns, companyColumns } = query;
  const parameters = new Parameters();
  const own = columns.map((column, index) => `${textSql(column, '')} as "v${index}"`);
  const exported = columns.map((column) => exportedAs(column, ''));
  if (companyColumns === null) {
    const text = pageSql(query, tenantId, parameters, own);
    return { statement: { text, values: parameters.values, rowMode: 'array' }, columns: exported };
  }
  const rows = pageSql(query, tenantId, parameters, [...own, '"tenant_id" as "tenant"', '"company_id" as "company"']);
  const values = companyColumns.map((column, index) => `${textSql(column, '"c".')} as "c${index}"`);
  // Looked up row by row, which keeps the order.
  const text = `
    select ${[...columns.map((_, index) => `"p"."v${index}"`), '"c".*'].join(', ')}
    from (${rows}) as "p" left join lateral (
      select ${values.join(', ')} from ${TABLES.company} as "c"
      where "c"."tenant_id" = "p"."tenant" and "c"."id" = "p"."company" limit 1
    ) as "c" on true`;
  return {
    statement: { text, values: parameters.values, rowMode: 'array' },
    columns: [...exported, ...companyColumns.map((column) => exportedAs(column, 'company_'))],
  };
}

function textSql(column: DirectoryColumn, of: string): string {
  const value = valueSql(column, of);
  return column.type === 'list' ? `array_to_string(${value}, ', ')` : value;
}

function exportedAs({ name, type }: DirectoryColumn, prefix: string): ExportedColumn {
  return { name: prefix + name, free: type === 'text' || type === 'list' };
}

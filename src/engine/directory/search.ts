import type { Actor } from '../../domain/actor.ts';
import type { Service } from '../../domain/directory/columns.ts';
import { compileCount, compileSearch } from '../../vql/compile.ts';
import type { DirectoryRow, Statement } from '../../vql/compile.ts';
import { filterData, parseFilterData } from '../../vql/filter-data.ts';
import type { FilterValue } from '../../vql/filter-data.ts';
import { parseVql } from '../../vql/parse.ts';
import type { EngineDeps } from '../deps.ts';

type Orm = EngineDeps['orm'];

/** The rows of a page of a query. */
export async function searchRows(orm: Orm, actor: Actor, service: Service, query: unknown): Promise<DirectoryRow[]> {
  const { statement, read } = compileSearch(parseVql(service, query), actor.tenantId);
  return (await run(orm, statement)).map(read);
}

/** How many rows a query has. */
export async function countRows(orm: Orm, actor: Actor, service: Service, query: unknown): Promise<number> {
  const [row] = await run(orm, compileCount(parseVql(service, query), actor.tenantId));
  return Number(row?.[0]);
}

/** A page of the values of a filter. */
export function listFilterValues(orm: Orm, actor: Actor, service: Service, query: unknown): Promise<FilterValue[]> {
  return filterData(parseFilterData(service, query), actor.tenantId, (statement) => run(orm, statement));
}

async function run(orm: Orm, statement: Statement): Promise<readonly unknown[][]> {
  const pool = await orm.em.getConnection().getNativeClient();
  const { rows } = await pool.query<unknown[]>(statement);
  return rows;
}

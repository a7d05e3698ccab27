import { DatabaseError } from 'pg';
import type { Actor } from '../../domain/actor.ts';
import type { Service } from '../../domain/directory/columns.ts';
import { AppError } from '../../domain/errors.ts';
import { withSession } from '../../store/held-session.ts';
import { compileCount, compileSearch } from '../../vql/compile.ts';
import type { DirectoryRow, Statement } from '../../vql/compile.ts';
import { filterData, parseFilterData } from '../../vql/filter-data.ts';
import type { FilterValue } from '../../vql/filter-data.ts';
import { parseVql } from '../../vql/parse.ts';
import type { EngineDeps } from '../deps.ts';

/** What is asked of which part of the directory, by whom, and how long he waits. */
export interface Asked {
  readonly actor: Actor;
  readonly service: Service;
  readonly query: unknown;
  readonly signal: AbortSignal;
}

type Orm = EngineDeps['orm'];

/** The rows of a page of a query. */
export async function searchRows(orm: Orm, { actor, service, query, signal }: Asked): Promise<DirectoryRow[]> {
  const { statement, read } = compileSearch(parseVql(service, query), actor.tenantId);
  return (await reading(orm, signal, (run) => run(statement))).map(read);
}

/** How many rows a query has. */
export async function countRows(orm: Orm, { actor, service, query, signal }: Asked): Promise<number> {
  const statement = compileCount(parseVql(service, query), actor.tenantId);
  const [row] = await reading(orm, signal, (run) => run(statement));
  return Number(row?.[0]);
}

/** A page of the values of a filter. */
export async function listFilterValues(orm: Orm, { actor, service, query, signal }: Asked): Promise<FilterValue[]> {
  const parsed = parseFilterData(service, query);
  return reading(orm, signal, (run) => filterData(parsed, actor.tenantId, run));
}

type Run = (statement: Statement) => Promise<readonly unknown[][]>;

const MOST_SECONDS = 30;
const CANCELLED = '57014';

/** Processes that help with a query take longer to start than they save, and are taken from others. */
const ALONE = 'set local max_parallel_workers_per_gather = 0';

/** Runs statements that read; one that takes too long is given up. */
async function reading<T>(orm: Orm, signal: AbortSignal, read: (run: Run) => Promise<T>): Promise<T> {
  const begin = `begin read only; set local statement_timeout = '${MOST_SECONDS}s'; ${ALONE}`;
  try {
    return await withSession(orm, signal, begin, (client) =>
      read(async (statement) => (await client.query<unknown[]>(statement)).rows),
    );
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== CANCELLED) throw error;
    throw new AppError('unavailable', `The query takes longer than ${MOST_SECONDS} seconds: ask for less at once.`, {
      cause: error,
    });
  }
}

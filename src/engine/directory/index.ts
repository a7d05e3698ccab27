import type { Actor } from '../../domain/actor.ts';
import type { Service } from '../../domain/directory/columns.ts';
import type { DirectoryRow } from '../../vql/compile.ts';
import type { FilterValue, ShownFilter } from '../../vql/filter-data.ts';
import { shownFilters } from '../../vql/filter-data.ts';
import type { EngineDeps } from '../deps.ts';
import { countRows, listFilterValues, searchRows } from './search.ts';

/** Companies and contacts of the actor's tenant. Whoever is logged in may read them. */
export interface Directory {
  /** The rows a query finds. Throws `validation` with the name of what is wrong, see `refusedQuery`. */
  search(actor: Actor, service: Service, query: unknown): Promise<readonly DirectoryRow[]>;
  /** How many there are. Throws as `search` does. */
  count(actor: Actor, service: Service, query: unknown): Promise<number>;
  filters(service: Service): readonly ShownFilter[];
  /** The values that rows have in a filter's column. Throws as `search` does. */
  filterData(actor: Actor, service: Service, query: unknown): Promise<readonly FilterValue[]>;
}

export function createDirectory({ orm }: Pick<EngineDeps, 'orm'>): Directory {
  return {
    search: (actor, service, query) => searchRows(orm, actor, service, query),
    count: (actor, service, query) => countRows(orm, actor, service, query),
    filters: shownFilters,
    filterData: (actor, service, query) => listFilterValues(orm, actor, service, query),
  };
}

import type { Actor } from '../../domain/actor.ts';
import type { Service } from '../../domain/directory/columns.ts';
import type { DirectoryRow } from '../../vql/compile.ts';
import type { FilterValue, ShownFilter } from '../../vql/filter-data.ts';
import { shownFilters } from '../../vql/filter-data.ts';
import type { EngineDeps } from '../deps.ts';
import { batchOfRecords, batchOfRows } from './batch.ts';
import { countRows, listFilterValues, searchRows } from './search.ts';
import type { Asked } from './search.ts';
import { upsertBatch } from './upsert.ts';
import type { Upserted } from './upsert.ts';

/** Companies and contacts of the actor's tenant. Whoever is logged in may read them. */
export interface Directory {
  /** The rows a query finds. Throws `validation` with the name of what is wrong, see `refusedQuery`. */
  search(asked: Asked): Promise<readonly DirectoryRow[]>;
  /** How many there are. Throws as `search` does. */
  count(asked: Asked): Promise<number>;
  /**
   * Makes or changes companies or contacts, all or none: see `batchOfRecords` and `upsertBatch` for what is thrown. Needs
   * `system.import`.
   */
  upsertRecords(actor: Actor, service: Service, rows: readonly unknown[]): Promise<Upserted>;
  /** The same of rows of the CSV-like shape, see `batchOfRows`. */
  upsertRows(actor: Actor, rows: readonly unknown[]): Promise<Upserted>;
  filters(service: Service): readonly ShownFilter[];
  /** The values that rows have in a filter's column. Throws as `search` does. */
  filterData(asked: Asked): Promise<readonly FilterValue[]>;
}

export function createDirectory({ orm }: Pick<EngineDeps, 'orm'>): Directory {
  return {
    search: (asked) => searchRows(orm, asked),
    count: (asked) => countRows(orm, asked),
    upsertRecords: async (actor, service, rows) => upsertBatch({ orm }, actor, batchOfRecords(service, rows)),
    upsertRows: async (actor, rows) => upsertBatch({ orm }, actor, batchOfRows(rows)),
    filters: shownFilters,
    filterData: (asked) => listFilterValues(orm, asked),
  };
}

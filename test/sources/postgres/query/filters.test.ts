import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { QueryConfiguration } from '../../../../src/domain/query.ts';
import { buildSourceQuery } from '../../../../src/sources/postgres/query/query.ts';
import { DOCUMENTED, createQueryStage, field } from './query-stage.ts';
import type { QueryStage } from './query-stage.ts';

describe('a filter of a query', () => {
  let stage: QueryStage;
  before(async () => {
    stage = await createQueryStage();
  });
  after(() => stage.source.drop());

  test('compares columns with values that are parameters of their type', async () => {
    const ids = async (...filters: QueryConfiguration['filters']): Promise<string> => {
      const { rows } = await stage.previewed({ ...DOCUMENTED, joins: [], fields: field('customers.id'), filters });
      return rows.map(([id]) => id).join();
    };
    assert.equal(await ids({ field: 'id', operator: '<=', value: 3 }), '1,2,3');
    assert.equal(await ids({ field: 'customers.id', operator: 'IN', value: [2, '4'] }), '2,4');
    assert.equal(
      await ids({ field: 'id', operator: 'not in', value: Array.from({ length: 18 }, (_, at) => at + 1) }),
      '19,20',
    );
    assert.equal(await ids({ field: 'id', operator: 'between', value: [4, 6] }), '4,5,6');
    assert.equal(
      await ids({ field: 'first_name', operator: 'LIKE', value: 'First1_' }),
      '10,11,12,13,14,15,16,17,18,19',
    );
    assert.equal(await ids({ field: 'id', operator: 'like', value: '2%' }), '2,20');
    assert.equal(
      await ids({ field: 'last_name', operator: 'IS  NOT NULL' }, { field: 'id', operator: '<', value: 5 }),
      '2,4',
    );
    assert.equal(
      await ids(
        { field: 'active', operator: '=', value: true },
        { field: 'id', operator: '!=', value: 2 },
        { field: 'id', operator: '<', value: 7 },
      ),
      '4,6',
    );
    assert.equal(await ids({ field: 'first_name', operator: '=', value: "x' OR '1' = '1" }), '');
    assert.equal(await ids({ field: 'created_at', operator: '>=', value: '2024-01-20' }), '19,20');
    const { sql } = await stage.previewed({
      ...DOCUMENTED,
      joins: [],
      filters: [
        { field: 'id', operator: 'in', value: [1, 2] },
        { field: 'first_name', operator: 'not in', value: ["O'Hara"] },
      ],
    });
    assert.match(sql, /WHERE customers\.id IN \(1, 2\) AND customers\.first_name NOT IN \('O''Hara'\)/);
  });

  test('by dates takes whole days of the base table’s creation column', async () => {
    const configuration = { ...DOCUMENTED, joins: [], filters: [], fields: field('customers.id') };
    const ids = async (dateFrom: string | null, dateTo: string | null): Promise<string> =>
      (await stage.previewed(configuration, { dateFrom, dateTo, limit: null })).rows.map(([id]) => id).join();
    await stage.source.run(`update customers set created_at = '2024-01-05 23:59:59.999999' where id = 4`);
    assert.equal(await ids('2024-01-04', '2024-01-05'), '3,4');
    assert.equal(await ids('2024-01-20', null), '19,20');
    assert.equal(await ids(null, '2024-01-02'), '1');
    const query = await buildSourceQuery(configuration, stage.schema, {
      dateFrom: '2024-01-04',
      dateTo: '2024-12-31',
      limit: null,
    });
    assert.deepEqual(query.appliedFilters, ["created_at >= '2024-01-04'", "created_at < '2025-01-01'"]);
    assert.deepEqual(
      await stage.mistakesOf(
        { ...configuration, baseTable: 'nothing_dated', fields: field('id') },
        { dateFrom: '2024-01-01', dateTo: null, limit: null },
      ),
      {
        'import_filters.date_from': ['nothing_dated has no column that says when a row was made, such as created_at.'],
      },
    );
    assert.deepEqual(await stage.mistakesOf(configuration, { dateFrom: '2024-02-30', dateTo: 'x', limit: 0 }), {
      'import_filters.limit': ['The limit must be a whole number of at least 1.'],
      'import_filters.date_from': ['2024-02-30 is not a date of the form YYYY-MM-DD.'],
      'import_filters.date_to': ['x is not a date of the form YYYY-MM-DD.'],
    });
  });
});

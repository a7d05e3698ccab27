import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AppError } from '../../../../src/domain/errors.ts';
import type { QueryConfiguration } from '../../../../src/domain/query.ts';
import { checkTypes } from '../../../../src/sources/postgres/query/preview.ts';
import { buildSourceQuery, checkConfiguration } from '../../../../src/sources/postgres/query/query.ts';
import { HOSTILE_EXPRESSIONS, HOSTILE_TABLES } from '../../hostile-expressions.ts';
import { DOCUMENTED, createQueryStage, field } from './query-stage.ts';
import type { QueryStage } from './query-stage.ts';

describe('a query configuration with mistakes', () => {
  let stage: QueryStage;
  before(async () => {
    stage = await createQueryStage();
  });
  after(() => stage.source.drop());

  test('has every mistake named under its path', async () => {
    const mistakes = await stage.mistakesOf({
      joins: [
        { type: 'left', table: 'nobody', on: 'nobody.id = customers.id' },
        { type: 'left', table: 'emails', on: 'emails.customer_id = 1', condition: null },
        {
          type: 'inner',
          table: 'profiles',
          on: 'profiles.customer_id = customers.id',
          condition: 'pg_sleep(1) is null',
        },
        { type: 'left', table: 'orders', on: 'true' },
      ],
      fields: [
        { source: 'customers.id', target: 'a' },
        { source: 'customers.nothing', target: 'a' },
        { source: 'lower(', target: '' },
      ],
      filters: [
        { field: 'customers.id + 1', operator: '=', value: 1 },
        { field: 'customers.id', operator: '~', value: 1 },
        { field: 'customers.id', operator: '=', value: null },
        { field: 'customers.id', operator: 'between', value: [1] },
        { field: 'customers.id', operator: 'in', value: [] },
        { field: 'nothing', operator: '=', value: 1 },
        { field: 'customers.id', operator: '=', value: { $gt: 1 } },
      ],
    });
    assert.deepEqual(mistakes, {
      'joins.0.table': ['The source has no table nobody that can be read.'],
      'joins.1.on': ['The condition must compare emails with another table of the query.'],
      'joins.2.condition': ['The function pg_sleep is not allowed (at character 1).'],
      'joins.3.table': ['The source has no table orders that can be read; there is sales.orders.'],
      'fields.1.target': ['The target field a is filled twice.'],
      'fields.1.source': ['The table customers has no column nothing (at character 1).'],
      'fields.2.target': ['The target field needs a name.'],
      'fields.2.source': ['syntax error at end of input (at character 7).'],
      'filters.0.field': ['A filter is on a column, not on an expression.'],
      'filters.1.operator': [
        'The operator ~ is not known; it is one of =, !=, <>, >, >=, <, <=, like, not like, ilike, not ilike, in, not in, is null, is not null, between.',
      ],
      'filters.2.value': ['A value is needed; to ask for empty columns use "is null".'],
      'filters.3.value': ['between takes [from, to].'],
      'filters.4.value': ['in takes a list of values.'],
      'filters.5.field': ['No table of the query has a column nothing (at character 1).'],
      'filters.6.value': ['The value must be a text, a number, true or false.'],
    });
    assert.deepEqual(await stage.mistakesOf({ fields: [] }), { fields: ['At least one field is needed.'] });
  });

  test('lets nothing hostile through in a table, a join, a field or a filter', async () => {
    for (const table of HOSTILE_TABLES) {
      const base = await checkConfiguration({ ...DOCUMENTED, baseTable: table, joins: [] }, stage.schema);
      assert.equal(base.query, null, table);
      const joined = await checkConfiguration(
        { ...DOCUMENTED, joins: [{ type: 'left', table, on: 'customers.id = 1' }] },
        stage.schema,
      );
      assert.equal(joined.query, null, table);
    }
    for (const expression of HOSTILE_EXPRESSIONS) {
      const [join] = DOCUMENTED.joins;
      const tries = [
        { fields: field(expression) },
        { filters: [{ field: expression, operator: '=', value: 1 }] },
        { joins: [{ type: 'left' as const, table: 'emails', on: expression }] },
        { joins: [{ type: 'left' as const, table: 'emails', on: join?.on ?? '', condition: expression }] },
      ];
      // An empty condition is none at all.
      for (const changes of expression.trim() === '' ? tries.slice(0, 3) : tries) {
        assert.notDeepEqual(await stage.mistakesOf(changes), {}, expression);
      }
    }
  });

  test('is refused with the part at fault when only the source can tell', async () => {
    await using session = await stage.source.open();
    const refused = async (changes: Partial<QueryConfiguration>): Promise<unknown> => {
      const query = await buildSourceQuery({ ...DOCUMENTED, ...changes }, stage.schema);
      const error = await checkTypes(session, query).catch((reason: unknown) => reason);
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'validation');
      return error.details['fields'];
    };
    assert.deepEqual(await refused({ fields: field('upper(customers.id)') }), {
      'fields.0.source': ['The source refuses this: function pg_catalog.upper(integer) does not exist.'],
    });
    assert.deepEqual(await refused({ filters: [{ field: 'customers.id', operator: '=', value: 'abc' }] }), {
      'filters.0': ['The source refuses this: invalid input syntax for type integer: "abc".'],
    });
    assert.deepEqual(
      await refused({ joins: [{ type: 'left', table: 'emails', on: 'emails.customer_id || customers.id' }] }),
      {
        'joins.0.on': ['The source refuses this: operator does not exist: integer || integer.'],
      },
    );
  });
});

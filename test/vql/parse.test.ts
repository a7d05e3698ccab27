import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import type { Service } from '../../src/domain/directory/columns.ts';
import { parseVql } from '../../src/vql/parse.ts';

/** What is said of a query that is refused: the name, and where there is something wrong. */
function refused(service: Service, query: unknown): { name: unknown; paths: string[]; message: string } {
  try {
    parseVql(service, query);
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'validation');
    const { name, fields } = error.details;
    assert.ok(error.message.startsWith(`${String(name)}: `));
    return { name, paths: Object.keys(Object(fields)), message: error.message };
  }
  throw new Error(`was not refused: ${JSON.stringify(query)}`);
}
const must = (part: string, conditions: unknown): unknown => ({ where: { [part]: { must: conditions } } });

describe('a query that is refused', () => {
  test('names an unknown filter', () => {
    assert.deepEqual(refused('contact', must('keyword_match', { planet: ['earth'] })), {
      name: 'ERR_UNKNOWN_FILTER_KEY',
      paths: ['where.keyword_match.must.planet'],
      message: 'ERR_UNKNOWN_FILTER_KEY: A contact has no filter "planet".',
    });
    const text = { text_value: 'x', filter_key: 'planet', search_type: 'match' };
    assert.equal(refused('company', must('text_matches', [text])).name, 'ERR_UNKNOWN_FILTER_KEY');
    assert.equal(refused('company', must('range_query', { planet: { gte: 1 } })).name, 'ERR_UNKNOWN_FILTER_KEY');
  });

  test('names unknown keys wherever they stand, also names that JavaScript has', () => {
    for (const [query, path] of [
      ['{"limitt":5}', 'limitt'],
      ['{"__proto__":5}', '__proto__'],
      ['{"toString":5}', 'toString'],
      ['{"where":{"should":{}}}', 'where.should'],
      ['{"where":{"keyword_match":{"should":{}}}}', 'where.keyword_match.should'],
      ['{"where":{"keyword_match":{"must":{"__proto__":["x"]}}}}', 'where.keyword_match.must.__proto__'],
      ['{"where":{"keyword_match":{"must":{"constructor":["x"]}}}}', 'where.keyword_match.must.constructor'],
      ['{"order_by":[{"order_by":"name","by":1}]}', 'order_by.0.by'],
      ['{"company_config":{"depth":2}}', 'company_config.depth'],
    ] as const) {
      const { name, paths } = refused('company', JSON.parse(query));
      assert.deepEqual([name, paths], ['ERR_UNKNOWN_FILTER_KEY', [path]]);
    }
    const operator = refused('company', must('range_query', { employees_count: { eq: 1, gte: 1 } }));
    assert.deepEqual(operator.paths, ['where.range_query.must.employees_count.eq']);
  });

  test('names unknown columns', () => {
    for (const query of [
      { select_columns: ['uuid', 'id'] },
      { order_by: [{ order_by: 'tenant_id' }] },
      { company_config: { populate: true, select_columns: ['source_hash'] } },
    ]) {
      assert.equal(refused('contact', query).name, 'ERR_UNKNOWN_COLUMN');
    }
  });

  test('may ask for 100 rows and no more', () => {
    assert.equal(parseVql('contact', { limit: 100 }).limit, 100);
    assert.equal(
      refused('contact', { limit: 101 }).message,
      'ERR_PAGE_SIZE_EXCEEDED: A page has at most 100 rows; 101 were asked for.',
    );
    for (const limit of [0, -1, 1.5, '25']) assert.equal(refused('contact', { limit }).name, 'ERR_INVALID_QUERY');
  });

  test('names all its mistakes at once', () => {
    const { name, paths } = refused('contact', {
      where: {
        keyword_match: { must: { planet: ['earth'], country: 'germany', title: ['x'], city: [] } },
        range_query: { must: { created_at: {}, updated_at: { gte: '2024-02-30' } } },
        text_matches: { must_not: [{ text_value: '', filter_key: 'country', search_type: 'fuzzy' }] },
      },
      order_by: [{ order_by: 'departments', order_direction: 'up' }],
      select_columns: ['nothing'],
      limit: 1000,
    });
    assert.equal(name, 'ERR_UNKNOWN_FILTER_KEY');
    assert.deepEqual(
      paths.toSorted(),
      [
        'limit',
        'order_by.0.order_by',
        'order_by.0.order_direction',
        'select_columns.0',
        'where.keyword_match.must.city',
        'where.keyword_match.must.country',
        'where.keyword_match.must.planet',
        'where.keyword_match.must.title',
        'where.range_query.must.created_at',
        'where.range_query.must.updated_at.gte',
        'where.text_matches.must_not.0.filter_key',
        'where.text_matches.must_not.0.search_type',
        'where.text_matches.must_not.0.text_value',
      ].toSorted(),
    );
  });

  test('is one that is none, that is too large or too deep', () => {
    for (const query of [null, [], 'where', 5, undefined])
      assert.equal(refused('contact', query).name, 'ERR_INVALID_QUERY');
    const many = Array.from({ length: 1001 }, (_, index) => `c${index}`);
    assert.equal(refused('contact', must('keyword_match', { country: many })).name, 'ERR_INVALID_QUERY');
    assert.equal(refused('contact', must('keyword_match', { country: ['x'.repeat(257)] })).name, 'ERR_INVALID_QUERY');
    let deep: unknown = ['x'];
    for (let level = 0; level < 5000; level++) deep = { must: deep };
    assert.equal(refused('contact', must('keyword_match', { country: deep })).name, 'ERR_INVALID_QUERY');
    assert.equal(refused('contact', { page: 10_001 }).name, 'ERR_INVALID_QUERY');
  });

  test('has a cursor of its own making, of another order or service, or one that was changed', () => {
    for (const cursor of [['value1', 'value2'], ['doe', 'john', 'x.y'], ['a'], ['', '', '.']]) {
      assert.equal(refused('contact', { cursor }).name, 'ERR_BAD_CURSOR');
    }
    assert.equal(refused('contact', { cursor: [1, 2] }).name, 'ERR_INVALID_QUERY');
  });
});

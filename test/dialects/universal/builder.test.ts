import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DOCUMENTED, EXAMPLE } from './documented-source.ts';
import { listed, makeSource, said, startUniversal } from './universal-app.ts';
import type { Caller, SourceDatabase, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;
let source: SourceDatabase;
let id: string;

before(async () => {
  universal = await startUniversal();
  owner = await universal.join();
  source = await makeSource(DOCUMENTED);
  const { body } = await owner.ask('POST', '/profiles', { name: 'Documented', ...source.fields });
  id = said(body['profile']?.['id']);
});

after(async () => {
  await universal.close();
  await source.drop();
});

async function unreachable(): Promise<string> {
  const { body } = await owner.ask('POST', '/profiles', { name: 'Unreachable', ...source.fields, port: 1 });
  return said(body['profile']?.['id']);
}

const CONNECTION_ERROR = {
  message: 'Connection test failed',
  connection_error: {
    success: false,
    message: 'Connection failed: SQLSTATE[08006]',
    error: 'could not connect to server: Connection refused',
  },
};

describe('GET /profiles/{id}/schema', () => {
  test('shows tables, columns, relationships and the server', async () => {
    const { status, body } = await owner.ask('GET', `/profiles/${id}/schema`);
    assert.equal(status, 200);
    const text = { type: 'text', nullable: true };
    assert.deepEqual(body, {
      schema: {
        tables: [
          {
            name: 'customers',
            schema: 'public',
            kind: 'table',
            row_count: 3,
            row_count_kind: 'exact',
            columns: [
              { name: 'id', type: 'integer', nullable: false, primary_key: true },
              { name: 'first_name', type: 'character varying(255)', nullable: true },
              { name: 'last_name', type: 'character varying(255)', nullable: true },
              { name: 'company', ...text },
              { name: 'created_at', type: 'timestamp without time zone', nullable: false },
            ],
          },
          {
            name: 'emails',
            schema: 'public',
            kind: 'table',
            row_count: 3,
            row_count_kind: 'exact',
            columns: [
              { name: 'id', type: 'integer', nullable: false, primary_key: true },
              { name: 'customer_id', type: 'integer', nullable: true },
              { name: 'email', ...text },
              { name: 'type', ...text },
            ],
          },
        ],
        relationships: [
          {
            table: 'emails',
            column: 'customer_id',
            referenced_table: 'customers',
            referenced_column: 'id',
            constraint: 'emails_customer_id_fkey',
          },
        ],
      },
      server_info: body['server_info'],
    });
    assert.deepEqual(Object.keys(body['server_info'] ?? {}), ['version', 'encoding', 'collation']);
    assert.equal(body['server_info']?.['encoding'], 'UTF8');
  });
});

test('schema, tables, preview, validate and queries say that a source cannot be reached', async () => {
  const lost = await unreachable();
  for (const [method, path, body] of [
    ['GET', 'schema', undefined],
    ['GET', 'builder/tables', undefined],
    ['GET', 'preview', undefined],
    ['POST', 'builder/validate', EXAMPLE],
    ['POST', 'queries', EXAMPLE],
  ] as const) {
    const answer = await owner.ask(method, `/profiles/${lost}/${path}`, body);
    assert.deepEqual([answer.status, answer.body], [422, CONNECTION_ERROR], path);
  }
});

describe('GET /profiles/{id}/builder/tables', () => {
  test('suggests joins with their confidence', async () => {
    const { status, body } = await owner.ask('GET', `/profiles/${id}/builder/tables`);
    assert.equal(status, 200);
    assert.deepEqual(
      listed(body['tables']).map((table) => [table['name'], table['row_count']]),
      [
        ['customers', 3],
        ['emails', 3],
      ],
    );
    assert.deepEqual(body['suggested_joins'], [
      {
        from_table: 'customers',
        to_table: 'emails',
        join_condition: 'emails.customer_id = customers.id',
        confidence: 1,
      },
    ]);
  });
});

describe('POST /profiles/{id}/builder/validate', () => {
  const validate = (query: unknown): ReturnType<Caller['ask']> =>
    owner.ask('POST', `/profiles/${id}/builder/validate`, query);

  test('says what a configuration would do', async () => {
    const { target_type: _, ...open } = EXAMPLE;
    for (const query of [open, EXAMPLE]) {
      const { status, body } = await validate(query);
      assert.equal(status, 200, JSON.stringify(body));
      const { generated_sql: sql, warnings, ...rest } = body;
      assert.deepEqual(rest, { valid: true, estimated_records: 2, errors: [] });
      assert.match(
        said(sql),
        /^SELECT customers\.id as external_id, CONCAT\(customers\.first_name, ' ', customers\.last_name\) as name FROM customers LEFT JOIN emails/u,
      );
      assert.ok(Array.isArray(warnings));
    }
  });

  test('refuses what is not there and names every place', async () => {
    const { status, body } = await validate({
      ...EXAMPLE,
      joins: [{ type: 'LEFT', table: 'emails', on: 'emails.customer = customers.id' }],
      fields: [
        { source: 'customers.nothing', target: 'external_id' },
        { source: 'pg_sleep(1)', target: 'name' },
        { source: 'customers.id', target: 'shoe_size' },
      ],
      filters: [{ field: 'customers.created_at', operator: 'resembles', value: 1 }],
    });
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body['errors'] ?? {}).toSorted(), [
      'fields.0.source',
      'fields.1.source',
      'fields.2.target',
      'filters.0.operator',
      'joins.0.on',
    ]);
    const { errors: _, ...rest } = body;
    assert.deepEqual(rest, {
      message: 'Validation failed',
      valid: false,
      generated_sql: null,
      estimated_records: null,
      warnings: [],
    });
  });

  test('refuses types that do not fit, at their place', async () => {
    const { status, body } = await validate({
      ...EXAMPLE,
      filters: [{ field: 'customers.created_at', operator: '>=', value: 'yesterday evening' }],
    });
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body['errors'] ?? {}), ['filters.0'], JSON.stringify(body));
  });

  test('names what is missing in the body', async () => {
    const { status, body } = await validate({ joins: [{ type: 'CROSS' }] });
    assert.equal(status, 422);
    assert.equal(body['valid'], false);
    assert.deepEqual(Object.keys(body['errors'] ?? {}).toSorted(), [
      'base_table',
      'fields',
      'joins.0.on',
      'joins.0.table',
      'joins.0.type',
    ]);
  });
});

describe('POST /profiles/{id}/queries', () => {
  test('saves the example of the document', async () => {
    const { status, body } = await owner.ask('POST', `/profiles/${id}/queries`, EXAMPLE);
    assert.equal(status, 200, JSON.stringify(body));
    const saved = { name: 'Customer Users Import', ...EXAMPLE };
    assert.deepEqual([body['message'], body['query']], ['Query configuration saved successfully', saved]);
    assert.deepEqual(body['profile']?.['configuration'], { queries: { customer_users: saved } });
    const { body: shown } = await owner.ask('GET', `/profiles/${id}`);
    assert.deepEqual(shown['configuration'], { queries: { customer_users: saved } });
    const { body: one } = await owner.ask('GET', `/profiles/${id}/queries/customer_users`);
    assert.deepEqual(one, saved);
  });

  test('refuses an unknown target and a field filled twice', async () => {
    const unknown = await owner.ask('POST', `/profiles/${id}/queries`, { ...EXAMPLE, target_type: 'spaceships' });
    assert.deepEqual([unknown.status, Object.keys(unknown.body['errors'] ?? {})], [422, ['target_type']]);
    const twice = await owner.ask('POST', `/profiles/${id}/queries`, {
      ...EXAMPLE,
      fields: [...EXAMPLE.fields, { source: 'customers.id', target: 'name' }],
    });
    assert.deepEqual([twice.status, Object.keys(twice.body['errors'] ?? {})], [422, ['fields.2.target']]);
  });

  test('takes a query away again', async () => {
    await owner.ask('POST', `/profiles/${id}/queries`, EXAMPLE);
    const { status, body } = await owner.ask('DELETE', `/profiles/${id}/queries/customer_users`);
    assert.deepEqual([status, body['message']], [200, 'Query configuration deleted successfully']);
    assert.equal((await owner.ask('GET', `/profiles/${id}/queries/customer_users`)).status, 404);
  });

  for (const source of [
    '(select password from users)',
    'pg_sleep(10)',
    "set_config('a', 'b', false)",
    "dblink('x', 'y')",
    'customers.id; drop table customers',
    'customers.id -- and then',
    "'customers'::regclass::text",
    "U&'\\0041'",
    "query_to_xml('select 1', true, true, '')::text",
    'current_user',
    "pg_read_file('/etc/passwd')",
  ]) {
    test(`refuses ${source}`, async () => {
      const { status, body } = await owner.ask('POST', `/profiles/${id}/queries`, {
        ...EXAMPLE,
        fields: [{ source, target: 'name' }],
      });
      assert.equal(status, 422);
      assert.deepEqual(Object.keys(body['errors'] ?? {}), ['fields.0.source']);
    });
  }
});

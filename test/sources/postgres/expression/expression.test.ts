import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { compileExpression } from '../../../../src/sources/postgres/expression/expression.ts';
import { renderForPeople, renderForServer } from '../../../../src/sources/postgres/expression/fragment.ts';
import { Refusal, loadParser, parseTable } from '../../../../src/sources/postgres/expression/parse-sql.ts';
import type { ScopeRelation } from '../../../../src/sources/postgres/expression/scope.ts';
import { HOSTILE_EXPRESSIONS } from '../../hostile-expressions.ts';

const text = (name: string) => ({ name, family: 'text', baseType: 'text' }) as const;
const number = (name: string) => ({ name, family: 'integer', baseType: 'integer' }) as const;

const SCOPE: readonly ScopeRelation[] = [
  {
    alias: 'customers',
    qualified: { schema: 'public', table: 'customers' },
    columns: [
      number('id'),
      text('first_name'),
      text('last_name'),
      text('notes'),
      text('created_at'),
      text('Mixed Case'),
    ],
  },
  {
    alias: 'emails',
    qualified: { schema: 'public', table: 'emails' },
    columns: [number('id'), number('customer_id'), text('email'), number('type')],
  },
];

const refusal = (expression: string): string => {
  try {
    compileExpression(expression, SCOPE);
  } catch (error) {
    if (error instanceof Refusal) return error.sentence;
    throw error;
  }
  return 'taken';
};

const compiled = (expression: string): { server: string; values: unknown[]; people: string } => {
  const { sql } = compileExpression(expression, SCOPE);
  const { text: server, values } = renderForServer(sql);
  return { server, values, people: renderForPeople(sql) };
};

before(loadParser);

describe('an expression', () => {
  test('is refused when anything in it is not on the lists, wherever it hides', () => {
    const taken = HOSTILE_EXPRESSIONS.filter((expression) => refusal(expression) === 'taken');
    assert.deepEqual(taken, []);
    assert.ok(HOSTILE_EXPRESSIONS.length >= 1_000);
  });

  test('is written anew with every name quoted and every text a parameter', () => {
    assert.deepEqual(compiled(`CONCAT(customers.first_name, ' ', last_name)`), {
      server: `pg_catalog."concat"("customers"."first_name", $1::pg_catalog.text, "customers"."last_name")`,
      values: [' '],
      people: `CONCAT(customers.first_name, ' ', customers.last_name)`,
    });
    assert.deepEqual(compiled(`case when type = 1 then 'it''s' else null end`), {
      server: `case when "emails"."type" = 1 then $1 else null end`,
      values: [`it's`],
      people: `CASE WHEN emails.type = 1 THEN 'it''s' ELSE NULL END`,
    });
    assert.deepEqual(compiled(`'; drop table users; --'`), {
      server: '$1',
      values: ['; drop table users; --'],
      people: `'; drop table users; --'`,
    });
  });

  test('keeps its meaning: parentheses stand where the tree needs them and nowhere else', () => {
    const same = [
      'customers.id + 2 * 3',
      '(customers.id + 2) * 3',
      'customers.id - (2 - 1)',
      'customers.id - 2 - 1',
      '(customers.id > 1) = (emails.type = 2)',
      "customers.first_name || '-' || customers.last_name",
      'NOT (customers.id = 1 OR emails.type = 2)',
      '(customers.id = 1 OR emails.type = 2) AND emails.email IS NOT NULL',
      'customers.id = 1 OR emails.type = 2 AND customers.id = 3',
      'customers.id IN (1, 2, 3)',
      "customers.first_name NOT LIKE 'a%'",
      "customers.first_name ILIKE '%b'",
      'customers.id BETWEEN 1 AND 2',
      'customers.id NOT IN (1)',
      'customers.id IS DISTINCT FROM emails.customer_id',
      '(customers.id / 60.5)::integer::text',
      '(-1)::text',
      '- customers.id',
      '- (- customers.id)',
      'customers.id - -1',
      'customers.id::numeric(10,2)',
      "customers.notes::jsonb -> 0 ->> 'value'",
      "customers.notes::jsonb #>> '{0,value}'",
      "COALESCE(NULLIF(customers.first_name, ''), 'nobody')",
      'GREATEST(customers.id, emails.id, 3)',
      "CASE customers.id WHEN 1 THEN 'a' WHEN 2 THEN 'b' END",
      "DATE_TRUNC('day', customers.created_at)",
      'EXTRACT(year FROM customers.created_at)',
      'customers."Mixed Case"',
      "'2024-01-01'::date",
    ];
    assert.deepEqual(
      same.map((expression) => compiled(expression).people),
      same,
    );
    assert.equal(compiled('((customers.id = 1)) IS NOT TRUE').people, 'customers.id = 1 IS NOT TRUE');
  });

  test('takes the forms of SQL that have a grammar of their own', () => {
    assert.equal(compiled(`trim(both 'x' from first_name)`).server, `pg_catalog."btrim"("customers"."first_name", $1)`);
    assert.equal(compiled(`position('a' in email)`).server, `pg_catalog."strpos"("emails"."email", $1)`);
    assert.equal(compiled(`email like 'a%'`).server, `"emails"."email" like $1`);
    assert.equal(compiled(`cast(type as varchar(3))`).server, `"emails"."type"::pg_catalog."varchar"(3)`);
    assert.equal(compiled(`"substring"(email, type)`).server.endsWith(`"emails"."type"::pg_catalog."int4")`), true);
    assert.equal(
      compiled(`created_at at time zone 'UTC'`).server,
      `pg_catalog."timezone"($1, "customers"."created_at")`,
    );
    assert.equal(compiled(`left(email, -2)`).server, `pg_catalog."left"("emails"."email", -2)`);
  });

  test('finds columns as SQL does, and by another case where only one can be meant', () => {
    assert.equal(compiled('public.customers.first_name').server, '"customers"."first_name"');
    assert.equal(compiled('EMAIL').server, '"emails"."email"');
    assert.equal(compiled('customers."mixed case"').server, '"customers"."Mixed Case"');
    assert.equal(compiled('Customers.Id').server, '"customers"."id"');
  });

  test('is refused with a sentence that names the place', () => {
    assert.equal(refusal('id'), 'The column id is in customers and emails; write customers.id (at character 1)');
    assert.equal(refusal('lower(nothing)'), 'No table of the query has a column nothing (at character 7)');
    assert.equal(refusal(`'ä' || nothing`), 'No table of the query has a column nothing (at character 8)');
    assert.equal(refusal('users.password'), 'The query has no table users; it has customers, emails (at character 1)');
    assert.equal(refusal('customers'), 'customers is a table, not a column (at character 1)');
    assert.equal(refusal('1 + pg_sleep(10)'), 'The function pg_sleep is not allowed (at character 5)');
    assert.equal(refusal('(select 1)'), 'Sub-queries are not allowed in expressions (at character 1)');
    assert.equal(refusal(`'x'::regclass`), 'A cast to regclass is not allowed (at character 6)');
    assert.equal(refusal('concat(first_name'), 'syntax error at end of input (at character 18)');
    assert.equal(refusal('email /* x */'), 'Comments are not allowed (at character 7)');
    assert.equal(refusal('lower(email, email)'), 'The function lower takes 1 argument, not 2 (at character 1)');
  });
});

describe('the name of a table', () => {
  test('may have a schema and another name', () => {
    assert.deepEqual(
      ['emails', 'sales.orders', 'emails as e', 'emails e', '"Order Details"'].map((name) => {
        const { schemaname, relname, alias } = parseTable(name);
        return [schemaname, relname, alias?.aliasname];
      }),
      [
        [undefined, 'emails', undefined],
        ['sales', 'orders', undefined],
        [undefined, 'emails', 'e'],
        [undefined, 'emails', 'e'],
        [undefined, 'Order Details', undefined],
      ],
    );
  });
});

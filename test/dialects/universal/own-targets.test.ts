import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listed, said, startUniversal } from './universal-app.ts';
import type { Caller, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;

before(async () => {
  universal = await startUniversal();
  owner = await universal.join();
  await run(`create schema "shop"`);
  await run(`
    create table "shop"."Customers" ("id" integer primary key generated always as identity, "email" text not null,
      "name" varchar(20), "spent" numeric(8,2) not null default 0, "tags" text[], "seen" timestamp,
      "level" integer check ("level" > 0), "twice" integer generated always as ("level" * 2) stored,
      constraint "by_email" unique ("email"))`);
});

after(() => universal.close());

function run(sql: string): Promise<Record<string, string>[]> {
  return universal.app.orm.em.fork().execute(sql);
}

const TARGET = { type: 'shop_customers', label: 'Customers', table: 'shop.Customers', identity: ['email'] };

const field = (name: string, type: string, column_type: string, required = false, nullable = true): object => ({
  name,
  type,
  required,
  column: name,
  column_type,
  nullable,
});

const SHOWN = {
  type: 'shop_customers',
  label: 'Customers',
  table: 'shop.Customers',
  fields: [
    field('id', 'integer', 'integer', false, false),
    field('email', 'text', 'text', true, false),
    field('name', 'text', 'character varying(20)'),
    field('spent', 'numeric', 'numeric(8,2)', false, false),
    field('tags', 'native', 'text[]'),
    field('seen', 'timestamptz', 'timestamp without time zone'),
    field('level', 'integer', 'integer'),
  ],
  identity: ['email'],
  builtin: false,
};

describe('an existing table', () => {
  test('becomes a target, is listed, shown and forgotten, and stays a table', async () => {
    const { status, body } = await owner.ask('POST', '/targets', TARGET);
    assert.deepEqual([status, body], [201, { message: 'Target created successfully', target: SHOWN }]);
    assert.deepEqual((await owner.ask('GET', '/targets/shop_customers')).body, SHOWN);
    assert.deepEqual(listed((await owner.ask('GET', '/targets')).body['data']).at(-1), SHOWN);

    const stranger = await universal.join();
    assert.equal((await stranger.ask('GET', '/targets/shop_customers')).status, 404);
    assert.equal((await stranger.ask('DELETE', '/targets/shop_customers')).status, 404);
    const taken = await stranger.ask('POST', '/targets', { ...TARGET, type: 'mine' });
    assert.deepEqual(
      [taken.status, taken.body['errors']],
      [422, { table: ['The table shop.Customers is taken already.'] }],
    );

    assert.deepEqual(await owner.ask('DELETE', '/targets/shop_customers').then(({ status: s, body: b }) => [s, b]), [
      200,
      { message: 'Target deleted successfully' },
    ]);
    assert.equal((await owner.ask('GET', '/targets/shop_customers')).status, 404);
    assert.deepEqual(await run(`select count(*)::text as "n" from "shop"."Customers"`), [{ n: '0' }]);
    assert.equal((await owner.ask('POST', '/targets', TARGET)).status, 201);
  });

  test('is only registered by who has system.configure', async () => {
    const admin = await universal.join({ tenantId: owner.user.tenantId, role: 'admin' });
    assert.equal((await admin.ask('POST', '/targets', { ...TARGET, type: 'other' })).status, 403);
    assert.equal((await admin.ask('PUT', '/targets/shop_customers', {})).status, 403);
    assert.equal((await admin.ask('DELETE', '/targets/shop_customers')).status, 403);
    assert.equal((await admin.ask('GET', '/targets/shop_customers')).status, 200);
  });

  test('is read from the catalog again by PUT', async () => {
    await run(`alter table "shop"."Customers" add column "note" text`);
    const { status, body } = await owner.ask('PUT', '/targets/shop_customers', { label: 'People' });
    assert.equal(status, 200);
    const fields = [...SHOWN.fields, field('note', 'text', 'text')];
    assert.deepEqual(body['target'], { ...SHOWN, label: 'People', fields });
    await run(`alter table "shop"."Customers" drop column "note"`);
    const back = await owner.ask('PUT', '/targets/shop_customers', { label: 'Customers' });
    assert.deepEqual(back.body['target'], SHOWN);
  });

  test('is found by its name with or without quotes', async () => {
    await run(`create schema "Sh""op"; create table "Sh""op"."plain" ("id" int primary key)`);
    for (const [at, table] of ['"Sh""op"."plain"', '"Sh""op".plain', 'Sh"op.plain'].entries()) {
      const body = { type: `plain_${at}`, label: 'Plain', table, identity: ['id'] };
      assert.equal((await owner.ask('POST', '/targets', body)).status, 201, table);
      await owner.ask('DELETE', `/targets/plain_${at}`);
    }
    await run(`drop schema "Sh""op" cascade`);
  });

  test('built-in targets cannot be changed or forgotten', async () => {
    assert.equal((await owner.ask('PUT', '/targets/agents', {})).status, 403);
    assert.equal((await owner.ask('DELETE', '/targets/agents')).status, 403);
  });
});

describe('records of an own table', () => {
  test('are all of its rows; people edit and remove them, and the table has its say', async () => {
    await run(`insert into "shop"."Customers" ("email", "name", "spent", "tags", "seen", "level")
      values ('a@x', 'Ann', 12.5, '{x,y}', '2024-01-02 03:04:05', 3), ('b@x', 'Bob?', 0, null, null, 4)`);
    const { body } = await owner.ask('GET', '/targets/shop_customers/records?sort=email');
    const [ann, bob] = listed(body['data']);
    assert.deepEqual(body['meta'], { current_page: 1, per_page: 25, total: 2 });
    assert.deepEqual(
      { ...ann, id: undefined, created_at: undefined, updated_at: undefined },
      {
        id: undefined,
        email: 'a@x',
        name: 'Ann',
        spent: 12.5,
        tags: '{x,y}',
        seen: '2024-01-02T03:04:05.000Z',
        level: 3,
        fields: { id: 1 },
        created_at: undefined,
        updated_at: undefined,
      },
    );
    const path = `/targets/shop_customers/records/${said(ann?.['id'])}`;
    assert.deepEqual((await owner.ask('GET', path)).body, { ...ann, history: [] });

    const find = async (query: string): Promise<unknown[]> =>
      listed((await owner.ask('GET', `/targets/shop_customers/records?${query}`)).body['data']).map(
        (row) => row['name'],
      );
    assert.deepEqual(await find('search=bob'), ['Bob?']);
    assert.deepEqual(await find('filter[level]=4'), ['Bob?']);
    assert.deepEqual(await find('filter[seen]=2024-01-02T03:04:05Z'), ['Ann']);
    assert.deepEqual(await find('filter[tags]='), ['Bob?']);
    assert.deepEqual(await find('sort=-spent,id'), ['Ann', 'Bob?']);
    assert.equal((await owner.ask('GET', '/targets/shop_customers/records?filter[twice]=1')).status, 422);

    const refused = async (changes: object): Promise<unknown> => {
      const answer = await owner.ask('PATCH', path, changes);
      return [answer.status, answer.body['errors'] ?? answer.body['message']];
    };
    assert.deepEqual(await refused({ level: 0 }), [
      422,
      {
        level: [
          'The database refused the row: new row for relation "Customers" violates check constraint "Customers_level_check"',
        ],
      },
    ]);
    assert.deepEqual(await refused({ tags: '{', spent: '1.005', name: 'x'.repeat(21) }), [
      422,
      {
        tags: ['The tags field is not taken by the table: malformed array literal: "{".'],
        spent: ['The spent field has more than 2 digits after the point, which numeric(8,2) would round.'],
        name: ['The name field is not taken by the table: value too long for type character varying(20).'],
      },
    ]);
    assert.deepEqual(await refused({ email: 'b@x' }), [409, 'Another record has the same identifier.']);
    const edited = await owner.ask('PATCH', path, { name: 'Anna', tags: '{z}' });
    assert.equal(edited.status, 200);
    const history = listed(edited.body['record']?.['history']);
    assert.deepEqual(
      history.map(({ action, before, after: now }) => [action, before, now]),
      [['edited', { name: 'Ann', tags: '{x,y}' }, { name: 'Anna', tags: '{z}' }]],
    );
    assert.equal((await owner.ask('DELETE', `/targets/shop_customers/records/${said(bob?.['id'])}`)).status, 200);
    assert.deepEqual(await run(`select "name", "tags"::text from "shop"."Customers"`), [{ name: 'Anna', tags: '{z}' }]);
    const stranger = await universal.join();
    assert.equal((await stranger.ask('GET', path)).status, 404);
  });

  test('of a table that has been altered or dropped since are not there, and the answer says why', async () => {
    await run(`create table "shop"."moved" ("id" integer primary key, "name" text)`);
    await run(`insert into "shop"."moved" values (1, 'Ann')`);
    const created = await owner.ask('POST', '/targets', {
      type: 'shop_moved',
      label: 'Moved',
      table: 'shop.moved',
      identity: ['id'],
    });
    assert.equal(created.status, 201);
    const [ann] = listed((await owner.ask('GET', '/targets/shop_moved/records')).body['data']);
    const path = `/targets/shop_moved/records/${said(ann?.['id'])}`;
    const asked = async (): Promise<unknown[]> => [
      await owner.ask('GET', '/targets/shop_moved/records'),
      await owner.ask('GET', path),
      await owner.ask('PATCH', path, { name: 'Anna' }),
    ];
    for (const [change, what] of [
      ['alter table "shop"."moved" rename column "name" to "called"', 'column t.name does not exist'],
      ['drop table "shop"."moved"', 'relation "shop.moved" does not exist'],
    ] as const) {
      await run(change);
      const message =
        `The table shop.moved is not what the target shop_moved was registered with: ${what}. ` +
        'Save the target again and start a new job.';
      for (const answer of await asked()) {
        assert.deepEqual(answer, { ...(answer as object), status: 400, body: { message } });
      }
    }
  });
});

describe('what cannot be a target is refused with every reason', () => {
  const reasons = async (body: object): Promise<unknown> => {
    const answer = await owner.ask('POST', '/targets', { type: 'odd', label: 'Odd', identity: ['id'], ...body });
    assert.equal(answer.status, 422);
    return answer.body['errors'];
  };

  test('a table that is not there, the store’s own and PostgreSQL’s', async () => {
    assert.deepEqual(await reasons({ table: 'shop.nothing' }), { table: ['There is no table shop.nothing.'] });
    assert.deepEqual(await reasons({ table: 'users' }), { table: [`The table users is Lading's own.`] });
    assert.deepEqual(await reasons({ table: 'target.agents' }), {
      table: [`The table target.agents is Lading's own.`],
    });
    const catalog = (await reasons({ table: 'pg_catalog.pg_class' })) as { table: string[] };
    assert.deepEqual(catalog.table, ['pg_catalog.pg_class belongs to PostgreSQL itself.']);
  });

  test('views, unlogged tables, partitions, tables with children or rules', async () => {
    await run(`create view "shop"."v" as select 1 as "id"`);
    await run(`create unlogged table "shop"."u" ("id" integer primary key)`);
    await run(`create table "shop"."p" ("id" integer primary key) partition by range ("id")`);
    await run(`create table "shop"."p1" partition of "shop"."p" for values from (1) to (2)`);
    await run(`create table "shop"."parent" ("id" integer primary key)`);
    await run(`create table "shop"."child" () inherits ("shop"."parent")`);
    await run(`create table "shop"."ruled" ("id" integer primary key)`);
    await run(`create rule "r" as on insert to "shop"."ruled" do instead nothing`);
    for (const [table, reason] of [
      ['v', 'shop.v is a view; only a table can be a target.'],
      ['u', 'shop.u is unlogged: a crash would empty it, and the ledger would be wrong.'],
      ['p1', 'shop.p1 is a partition; name the table it is part of.'],
      ['parent', 'Other tables inherit from shop.parent, so nothing is unique in it.'],
      ['ruled', 'shop.ruled has rules, which rewrite what is written to it.'],
    ]) {
      const { table: said } = (await reasons({ table: `shop.${table}` })) as { table: string[] };
      assert.deepEqual(said, [reason]);
    }
    assert.equal(
      (await owner.ask('POST', '/targets', { type: 'p', label: 'P', table: 'shop.p', identity: ['id'] })).status,
      201,
    );
  });

  test('an identity that is not unique, or only in part; fields and references that lead nowhere; a type that is taken', async () => {
    await run(
      `create table "shop"."odd" ("id" integer, "email" text, "g" integer generated always as ("id" + 1) stored)`,
    );
    await run(`create unique index "some" on "shop"."odd" ("id") where "id" > 5`);
    await run(`create unique index "mail" on "shop"."odd" ("email")`);
    assert.deepEqual(
      await reasons({
        type: 'agents',
        table: 'shop.odd',
        fields: ['id', 'id', 'nope', { name: 'g' }, { name: 'mail', column: 'email', type: 'integer' }],
        references: [
          { field: 'x', target: 'y' },
          { field: 'id', target: 'agents' },
        ],
      }),
      {
        type: ['The type has already been taken.'],
        'fields.1.name': ['The field id is there twice.'],
        'fields.1.column': ['The column id is a field already.'],
        'fields.2.name': ['The table has no column nope.'],
        'fields.3': ['The column g is generated; nothing can be written to it.'],
        'fields.4.type': ['The column email is text, which is text and not integer.'],
        identity: [
          'No unique constraint or index makes id unique in shop.odd. The index some is over part of the rows or over an expression.',
        ],
        'references.0.field': ['The target has no field x.'],
        'references.0.target': ['There is no target y.'],
        'references.1': ['The column id is integer; the id of a record of agents is a uuid.'],
      },
    );
    assert.deepEqual(await reasons({ table: 'shop.odd', identity: ['email'] }), {
      identity: ['The table has no primary key, so email must be not null: its rows could not be told apart.'],
    });
    assert.deepEqual(await reasons({ type: 'No!', table: 7, identity: [] }).then(Object), {
      type: ['The type must be lower-case letters, digits and _, and begin with a letter.'],
      table: ['The table must be a string.'],
      identity: ['The identity field is required.'],
    });
  });
});

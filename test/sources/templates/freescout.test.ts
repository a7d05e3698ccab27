import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { QueryConfiguration } from '../../../src/domain/query.ts';
import { checkTypes, previewRows } from '../../../src/sources/postgres/query/preview.ts';
import { NO_FILTERS, buildSourceQuery } from '../../../src/sources/postgres/query/query.ts';
import { planRanges } from '../../../src/sources/postgres/query/ranges.ts';
import { streamRows } from '../../../src/sources/postgres/reading/rows.ts';
import { fitQueries } from '../../../src/sources/templates/fit-queries.ts';
import { freescoutTemplate } from '../../../src/sources/templates/freescout.ts';
import { SYSTEM_TEMPLATES } from '../../../src/sources/templates/system-templates.ts';
import { builtinTargets } from '../../../src/targets/registry.ts';
import { testData } from '../../support/test-data.ts';
import { createSource } from '../source-database.ts';
import type { SourceDatabase } from '../source-database.ts';

/** What each type's rows have to be, written by hand against FreeScout's real schema. */
const TRUTH: Record<string, string> = {
  customer_users: `
    select c.id::text as external_id,
      nullif(concat_ws(' ', nullif(c.first_name, ''), nullif(c.last_name, '')), '') as name, c.first_name, c.last_name,
      coalesce((select e.email from emails e where e.customer_id = c.id and e.type = 1 order by e.id limit 1),
        (select e.email from emails e where e.customer_id = c.id order by e.id limit 1)) as email,
      case when c.phones ~ '\\]$' then c.phones::json -> 0 ->> 'value' end as phone, c.company, c.job_title,
      c.address as street, c.city, c.state, c.zip as postcode, c.country, c.notes, c.created_at::text as source_created_at
    from customers c order by c.id`,
  tickets: `
    select c.id::text as external_id, c.number::text, c.subject,
      (array['open', 'pending', 'closed'])[c.status] as status, (array['email', 'phone', 'chat'])[c.type] as channel,
      (select t.body from threads t where t.conversation_id = c.id and t.first) as description,
      c.customer_id::text as customer_user_id, c.user_id::text as agent_id, c.closed_at::text,
      c.created_at::text as source_created_at, c.updated_at::text as source_updated_at
    from conversations c where c.state = 2 and c.status <> 4 order by c.id`,
  time_entries: `
    select t.id::text as external_id, round(t.time_spent / 60.0)::text as duration, t.conversation_id::text as ticket_id,
      t.user_id::text as agent_id, t.created_at::text as source_created_at, t.updated_at::text as source_updated_at
    from timelogs t where t.finished
      and t.conversation_id in (select id from conversations where state = 2 and status <> 4) order by t.id`,
  agents: `
    select u.id::text as external_id, u.first_name || ' ' || u.last_name as name, u.first_name, u.last_name, u.email,
      u.phone, u.job_title, (array['user', 'admin'])[u.role] as role, (array['active', 'disabled'])[u.status] as status,
      u.timezone, u.created_at::text as source_created_at
    from users u where u.type = 1 and u.status <> 3 order by u.id`,
};

const readAll = async (
  source: SourceDatabase,
  configuration: QueryConfiguration,
): Promise<Record<string, unknown>[]> => {
  await using session = await source.open();
  const query = await buildSourceQuery(configuration, await source.introspect());
  const rows: Record<string, unknown>[] = [];
  for await (const batch of streamRows(session, query)) {
    for (const row of batch.rows.rows())
      rows.push(Object.fromEntries(query.fields.map(({ target }, at) => [target, row[at]])));
  }
  return rows;
};

const counts = async (source: SourceDatabase): Promise<Record<string, number>> => {
  const { queries } = await fitQueries(freescoutTemplate.queries, await source.introspect());
  const found: Record<string, number> = {};
  for (const [type, query] of Object.entries(queries)) found[type] = (await readAll(source, query)).length;
  return found;
};

describe('the FreeScout template', () => {
  const { path, skip } = testData('sql/freescout_dev.sql.gz');

  test('reads exactly the rows of a real help desk', { skip }, async () => {
    const source = await createSource({ dump: path });
    try {
      const { queries, warnings } = await fitQueries(freescoutTemplate.queries, await source.introspect());
      assert.deepEqual(warnings, []);
      assert.deepEqual(queries, freescoutTemplate.queries);
      const numbers: Record<string, number> = {};
      for (const [type, query] of Object.entries(queries)) {
        const truth = await source.run(TRUTH[type] ?? '');
        const rows = await readAll(source, query);
        numbers[type] = rows.length;
        assert.deepEqual(
          rows,
          truth.rows.map((row) => ({ ...row })),
          type,
        );
      }
      assert.deepEqual(numbers, { customer_users: 5_000, tickets: 2_360, time_entries: 860, agents: 12 });
    } finally {
      await source.drop();
    }
  });

  test(
    'fills fields that its targets have, and reads in the order of a key that is the identifier',
    { skip },
    async () => {
      const source = await createSource({ dump: path });
      try {
        const schema = await source.introspect();
        await using session = await source.open();
        for (const template of SYSTEM_TEMPLATES) {
          for (const [type, configuration] of Object.entries(template.queries)) {
            const spec = builtinTargets().find((each) => each.type === type);
            const unknown = configuration.fields.filter(
              ({ target }) => !spec?.fields.some(({ name }) => name === target),
            );
            assert.deepEqual(unknown, [], type);
            const query = await buildSourceQuery(configuration, schema, { ...NO_FILTERS, dateFrom: '2020-01-01' });
            assert.equal((await checkTypes(session, query)).length, configuration.fields.length);
            assert.ok(query.ordering.kind === 'unique-key' && !query.ordering.multiplies);
            assert.equal(query.ordering.keys[0]?.field, 0);
            assert.ok((await planRanges(session, query, 1_000)).total > 0);
            assert.ok((await previewRows(session, query, 3)).rows.length === 3);
          }
        }
      } finally {
        await source.drop();
      }
    },
  );

  test('holds on a database of another version, with what is missing told', { skip }, async () => {
    const source = await createSource({
      dump: path,
      sql: `drop table timelogs; alter table customers drop column phones, drop column notes, drop column zip;
        alter table threads drop column first; alter table users drop column timezone;
        drop index emails_customer_id_index;
        alter table conversations alter state type int; alter table emails alter type type text;`,
    });
    try {
      const { queries, warnings } = await fitQueries(freescoutTemplate.queries, await source.introspect());
      assert.deepEqual(Object.keys(queries), ['customer_users', 'tickets', 'agents']);
      assert.deepEqual(warnings, [
        'customer_users: The relation customer_phone cannot be derived: the source has no column customers.phones.',
        'customer_users: The query has no table customer_phone; it has customers, customer_email (at character 1).',
        'customer_users: The table customers has no column zip (at character 1).',
        'customer_users: The table customers has no column notes (at character 1).',
        'time_entries: Not imported: The source has no table timelogs that can be read.',
        'agents: The table users has no column timezone (at character 1).',
      ]);
      assert.deepEqual(await counts(source), { customer_users: 5_000, tickets: 2_360, agents: 12 });
      const users = queries['customer_users'];
      assert.ok(users);
      const emails = (await readAll(source, users)).map(({ email }) => email);
      const truth =
        await source.run(`select (select e.email from emails e where e.customer_id = c.id order by e.type <> '1', e.id limit 1) as email
        from customers c order by c.id`);
      assert.deepEqual(
        emails,
        truth.rows.map(({ email }) => email),
      );
    } finally {
      await source.drop();
    }
  });

  test('holds when the tables lie in a schema of their own and truth values are numbers', { skip }, async () => {
    const source = await createSource({
      dump: path,
      sql: `create schema helpdesk;
        do $$ declare t text; begin for t in select tablename from pg_tables where schemaname = 'public' loop
          execute format('alter table %I set schema helpdesk', t); end loop; end $$;
        create table public.other (id int primary key);
        alter table helpdesk.timelogs alter finished drop default, alter finished type smallint using finished::int;
        alter table helpdesk.threads alter first drop default, alter first type smallint using first::int;`,
    });
    try {
      const { queries, warnings } = await fitQueries(freescoutTemplate.queries, await source.introspect());
      assert.deepEqual(warnings, []);
      assert.equal(queries['tickets']?.baseTable, 'helpdesk.conversations');
      assert.deepEqual(await counts(source), { customer_users: 5_000, tickets: 2_360, time_entries: 860, agents: 12 });
    } finally {
      await source.drop();
    }
  });

  test('offers nothing on a database that is no FreeScout', async () => {
    const source = await createSource({ sql: 'create table unrelated (id int primary key)' });
    try {
      const { queries, warnings } = await fitQueries(freescoutTemplate.queries, await source.introspect());
      assert.deepEqual(queries, {});
      assert.equal(warnings.length, 4);
    } finally {
      await source.drop();
    }
  });
});

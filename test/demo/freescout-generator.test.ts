import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { copyText } from '../../src/demo/copy-text.ts';
import { DEMO_SIZE, describeFreescout } from '../../src/demo/freescout-generator.ts';
import type { Freescout } from '../../src/demo/freescout-generator.ts';
import { loadFreescout } from '../../src/demo/load-freescout.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

function fingerprint(freescout: Freescout): string {
  const hash = createHash('sha256');
  for (const table of freescout.tables) for (const piece of copyText(table.rows())) hash.update(piece);
  return hash.digest('hex');
}

test('the same seed gives the same help desk, another seed another one', () => {
  const first = fingerprint(describeFreescout());
  assert.equal(fingerprint(describeFreescout()), first);
  assert.notEqual(fingerprint(describeFreescout({ ...DEMO_SIZE, seed: DEMO_SIZE.seed + 1 })), first);
});

describe('a generated help desk in PostgreSQL', () => {
  const freescout = describeFreescout({ seed: 7, customers: 1234, conversations: 800, users: 9 });
  let database: TestDatabase;
  let client: pg.Client;

  before(async () => {
    database = await createEmptyDatabase();
    client = new pg.Client(database.url);
    await client.connect();
    await loadFreescout(client, freescout);
  });
  after(async () => {
    await client.end();
    await database.drop();
  });

  const rows = async (sql: string): Promise<Record<string, unknown>[]> =>
    (await client.query<Record<string, unknown>>(sql)).rows;

  test('holds as many rows of each kind as its construction says', async () => {
    const [counted] = await rows(`
      select
        (select count(*)::int from users where type = 1 and status <> 3) as agents,
        (select count(*)::int from customers) as customer_users,
        (select count(*)::int from conversations where state = 2 and status <> 4) as tickets,
        (select count(*)::int from timelogs where finished and conversation_id in
          (select id from conversations where state = 2 and status <> 4)) as time_entries`);
    assert.deepEqual({ ...counted }, { ...freescout.truth });
  });

  test('gives each customer the e-mail that its construction says', async () => {
    const found = await rows(`
      select id, (select email from emails where customer_id = customers.id order by type <> 1, id limit 1) as email
      from customers order by id`);
    const expected = Array.from({ length: freescout.customers.count }, (_, index) => ({
      id: index + 1,
      email: freescout.customers.emailOf(index + 1),
    }));
    assert.deepEqual(
      found.map((row) => ({ ...row })),
      expected,
    );
  });

  test('has what makes real help desks hard', async () => {
    const [facts] = await rows(`
      select
        (select count(*) > 0 from emails e where not exists (select from customers where id = e.customer_id)) as stray_emails,
        (select count(*) > 0 from emails a join emails b on lower(a.email) = lower(b.email) and a.id < b.id) as case_twins,
        (select count(*) > 0 from customers where first_name is null or last_name is null) as nameless,
        (select count(*) > 0 from customers where id not in (select customer_id from emails)) as without_email,
        (select count(*) > 0 from customers where phones is not json) as broken_json,
        (select max(length(body)) from threads) as longest_body,
        (select count(distinct (status, state)) from conversations) >= 8 as all_states,
        (select count(*) > 0 from conversations where customer_id is null) as without_customer,
        (select count(*) > 0 from timelogs where not finished) as unfinished,
        (select count(*) from information_schema.table_constraints where constraint_type = 'FOREIGN KEY') as foreign_keys`);
    assert.deepEqual(
      { ...facts },
      {
        stray_emails: true,
        case_twins: true,
        nameless: true,
        without_email: true,
        broken_json: true,
        longest_body: 1_048_576,
        all_states: true,
        without_customer: true,
        unfinished: true,
        foreign_keys: '0',
      },
    );
  });
});

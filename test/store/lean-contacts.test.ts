import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { migrateStore, openStore } from '../../src/store/orm.ts';
import { fileSearchBacklog } from '../../src/store/queries/search-backlog.ts';
import { compileCount } from '../../src/vql/compile.ts';
import { parseVql } from '../../src/vql/parse.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { insertRows, TENANT } from '../support/directory.ts';

const LONG = 'ß'.repeat(1_500);
const MARK = '\u001F';

/** Rows as nobody's cleaning leaves them, too: whoever has the database may write what he likes. */
const ROWS = [
  { city: 'San Francisco', seniority: 'Senior', country: 'ÇA', departments: ['Sales', 'Straße'], stage: '' },
  { city: null, departments: null },
  { city: LONG, departments: [LONG, ''] },
  { city: `a${MARK}seniority=vp`, state: `${MARK}`, departments: [`x${MARK}departments=legal`, 'Ops'] },
  { state: 'city=b', email_status: `${'\u0130'.repeat(1_000)}`, departments: [] },
].map((row) => ({ uuid: randomUUID(), ...row }));

const SCALARS = ['city', 'state', 'country', 'seniority', 'email_status', 'stage'];

describe('a store that held contacts before their facets moved into the index', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let before38: unknown[];
  before(async () => {
    database = await createEmptyDatabase();
    const orm = openStore(database.url, 1);
    await orm.migrator.up({ to: 'Migration20261121000031_mended_files' });
    await orm.close(true);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await insertRows(client, 'contact', ROWS, TENANT);
    await client.query(
      `update "target"."contacts" set "departments" = '{{Sales,NULL},{Legal,Ops}}' where coalesce("city", "state") is null`,
    );
    before38 = (await client.query(`select "facets" from "target"."contacts" order by "id"`)).rows;
    await migrateStore(database.url);
  });
  after(async () => {
    await client.end();
    await database.drop();
  });

  test('has the same facets, of whatever was written', async () => {
    const columns = [...SCALARS, 'departments'].map((name) => `"${name}"`).join(', ');
    const { rows } = await client.query(
      `select directory_contact_facets(${columns}) as "facets" from "target"."contacts" order by "id"`,
    );
    assert.deepEqual(rows, before38);
  });

  test('finds its contacts by them, also those that are not filed yet, and no other', async () => {
    await insertRows(
      client,
      'contact',
      [{ uuid: randomUUID(), city: 'San Francisco', departments: ['SALES'] }],
      TENANT,
    );
    const counts = async (): Promise<unknown[]> => {
      const keywords = [{ city: ['san francisco'] }, { departments: ['sales'] }, { seniority: ['vp'] }];
      await client.query('set enable_seqscan = off');
      return Promise.all(
        keywords.map(async (must) => {
          const query = parseVql('contact', { where: { keyword_match: { must } } });
          return (await client.query<unknown[]>(compileCount(query, TENANT))).rows[0]?.[0];
        }),
      );
    };
    assert.deepEqual(await counts(), ['2', '3', '0']);
    const orm = openStore(database.url, 1);
    await fileSearchBacklog(orm.em.fork());
    await orm.close(true);
    const { rows } = await client.query(`select gin_clean_pending_list('"target"."contacts_search"') as "pages"`);
    assert.deepEqual(rows, [{ pages: '0' }]);
    assert.deepEqual(await counts(), ['2', '3', '0']);
  });
});

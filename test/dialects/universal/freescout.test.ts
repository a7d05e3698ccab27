import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { loadDump } from '../../../src/demo/load-dump.ts';
import { seedSystemTemplates, systemTemplateId } from '../../../src/engine/templates/seed-system-templates.ts';
import { listed, makeSource, onDatabase, said, startUniversal } from './universal-app.ts';
import type { Caller, SourceDatabase, UniversalApp } from './universal-app.ts';

const DATA = process.env['LADING_TEST_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const DUMP = `${DATA}/sql/freescout_dev.sql.gz`;
const skip = existsSync(DUMP) ? false : `there is no ${DUMP}`;

describe('a real FreeScout database', { skip }, () => {
  let universal: UniversalApp;
  let owner: Caller;
  let source: SourceDatabase;
  let id: string;
  const answers: string[] = [];

  const ask: Caller['ask'] = async (method, path, body) => {
    const answer = await owner.ask(method, path, body);
    answers.push(JSON.stringify(answer.body));
    return answer;
  };

  before(async () => {
    universal = await startUniversal();
    owner = await universal.join();
    await seedSystemTemplates(universal.app.orm);
    source = await makeSource([]);
    const client = new pg.Client({ connectionString: source.url });
    await client.connect();
    await loadDump(client, DUMP);
    await client.end();
    await onDatabase(source.url, [`grant select on all tables in schema public to ${source.fields.username}`]);
    const made = await ask('POST', '/profiles', { name: 'FreeScout', ...source.fields });
    id = said(made.body['profile']?.['id']);
  });

  after(async () => {
    await universal.close();
    await source.drop();
  });

  test('its template fits as it is', async () => {
    const { status, body } = await ask('PUT', `/profiles/${id}/template`, {
      template_id: systemTemplateId('freescout'),
    });
    assert.equal(status, 200);
    assert.deepEqual(body['warnings'], []);
    assert.deepEqual(Object.keys(body['profile']?.['configuration']?.['queries'] ?? {}).toSorted(), [
      'agents',
      'customer_users',
      'tickets',
      'time_entries',
    ]);
  });

  test('its preview counts what an import takes', async () => {
    const { status, body } = await ask('GET', `/profiles/${id}/preview?limit=100`);
    assert.equal(status, 200, JSON.stringify(body));
    const counts = Object.fromEntries(
      Object.entries(body).map(([type, preview]) => [type, preview['query']?.['estimated_count']]),
    );
    const { time_entries: times, ...rest } = counts;
    assert.deepEqual(rest, { customer_users: 5000, agents: 12, tickets: 2360 });
    assert.ok(Number(times) > 800 && Number(times) <= 916 - 33, said(times));
    const [customer] = listed(body['customer_users']?.['sample_data']);
    assert.equal(typeof customer?.['external_id'], 'number');
    assert.deepEqual(
      listed(body['agents']?.['sample_data']).filter((agent) => said(agent['email']).includes('CANARY')),
      [],
    );
  });

  test('its schema has no relationships, so its joins are suggested from names and values', async () => {
    const { body: schema } = await ask('GET', `/profiles/${id}/schema`);
    assert.equal(listed(schema['schema']?.['tables']).length, 14);
    assert.deepEqual(schema['schema']?.['relationships'], []);
    const { body } = await ask('GET', `/profiles/${id}/builder/tables`);
    const conditions = listed(body['suggested_joins']).map((join) => said(join['join_condition']));
    assert.ok(conditions.includes('emails.customer_id = customers.id'), conditions.join('\n'));
    assert.ok(conditions.includes('threads.conversation_id = conversations.id'), conditions.join('\n'));
  });

  test('its secrets show up nowhere', async () => {
    await ask('POST', `/profiles/${id}/test-connection`);
    await ask('POST', `/profiles/${id}/queries`, {
      base_table: 'users',
      fields: [{ source: 'users.id', target: 'external_id' }],
      target_type: 'agents',
    });
    assert.doesNotMatch(answers.join('\n'), /CANARY/u);
    assert.doesNotMatch(JSON.stringify(universal.app.lines), /CANARY/u);
    const stored: { text: string }[] = await universal.app.orm.em.fork().execute(
      `select "p"::text as "text" from "import_profiles" as "p" union all
       select "e"::text from "import_events" as "e" union all select "a"::text from "audit_entries" as "a"`,
    );
    assert.doesNotMatch(JSON.stringify(stored), /CANARY/u);
  });
});

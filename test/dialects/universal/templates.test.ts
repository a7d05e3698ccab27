import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seedSystemTemplates, systemTemplateId } from '../../../src/engine/templates/seed-system-templates.ts';
import { said, startUniversal } from './universal-app.ts';
import type { Caller, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
/** Has system.configure. */
let owner: Caller;
/** Has not. */
let admin: Caller;

before(async () => {
  universal = await startUniversal();
  owner = await universal.join();
  admin = await universal.join({ tenantId: owner.user.tenantId, role: 'admin' });
  await seedSystemTemplates(universal.app.orm);
});

after(() => universal.close());

const PROFILE = {
  name: 'Nowhere',
  database_type: 'postgresql',
  host: '127.0.0.1',
  port: 1,
  database: 'd',
  username: 'u',
  password: 'p',
};

const QUERY = {
  name: 'People',
  base_table: 'people',
  joins: [],
  fields: [{ source: 'people.id', target: 'external_id', transformation: null }],
  filters: [],
};

const OWN = {
  name: 'Our CRM',
  platform: 'crm',
  database_type: 'postgresql',
  description: 'What we had before',
  supported_types: ['customer_users'],
  configuration: { queries: { customer_users: QUERY } },
};

async function systemRows(): Promise<unknown[]> {
  return universal.app.orm.em
    .fork()
    .execute(
      'select "t".xmin::text as "version", "t".* from "import_templates" as "t" where "is_system" order by "id"',
    );
}

describe('the system templates', () => {
  test('are listed as the document prints them', async () => {
    const { status, body } = await admin.ask('GET', '/templates');
    assert.equal(status, 200);
    const common = { database_type: 'postgresql', is_system: true };
    const [freescout, custom] = body['data'] as unknown as { created_at: string }[];
    assert.deepEqual(body, {
      data: [
        {
          ...common,
          id: systemTemplateId('freescout'),
          name: 'FreeScout Platform',
          platform: 'freescout',
          description: 'Pre-configured import for FreeScout help desk platform',
          supported_types: ['customer_users', 'tickets', 'time_entries', 'agents'],
          created_at: freescout?.created_at,
        },
        {
          ...common,
          id: systemTemplateId('custom'),
          name: 'Custom Database',
          platform: 'custom',
          description: 'Flexible template for custom database structures',
          supported_types: ['customer_users', 'tickets', 'time_entries', 'agents', 'accounts'],
          created_at: custom?.created_at,
        },
      ],
    });
  });

  test('are the same after they are seeded again, row for row', async () => {
    const before = await systemRows();
    await Promise.all([seedSystemTemplates(universal.app.orm), seedSystemTemplates(universal.app.orm)]);
    assert.deepEqual(await systemRows(), before);
  });

  test('come back to what this version says', async () => {
    const id = systemTemplateId('freescout');
    await universal.app.orm.em.fork().execute(`update "import_templates" set "name" = 'Old' where "id" = ?`, [id]);
    await seedSystemTemplates(universal.app.orm);
    assert.equal((await admin.ask('GET', `/templates/${id}`)).body['name'], 'FreeScout Platform');
  });

  test('can be changed and removed by nobody', async () => {
    const id = systemTemplateId('custom');
    const forbidden = { message: 'System templates cannot be changed.' };
    const changed = await owner.ask('PUT', `/templates/${id}`, { name: 'Mine' });
    const removed = await owner.ask('DELETE', `/templates/${id}`);
    assert.deepEqual([changed.status, changed.body], [403, forbidden]);
    assert.deepEqual([removed.status, removed.body], [403, forbidden]);
  });
});

describe('own templates', () => {
  test('are made, shown, changed and removed', async () => {
    const made = await owner.ask('POST', '/templates', OWN);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const id = said(made.body['template']?.['id']);
    const shown = {
      ...OWN,
      id,
      is_system: false,
      created_at: made.body['template']?.['created_at'],
      configuration: { queries: { customer_users: { ...QUERY, target_type: 'customer_users' } } },
    };
    assert.deepEqual(made.body, { message: 'Import template created successfully', template: shown });
    assert.deepEqual((await admin.ask('GET', `/templates/${id}`)).body, shown);

    const changed = await owner.ask('PUT', `/templates/${id}`, { name: 'Renamed' });
    assert.deepEqual(
      [changed.status, changed.body],
      [200, { message: 'Import template updated successfully', template: { ...shown, name: 'Renamed' } }],
    );
    const removed = await owner.ask('DELETE', `/templates/${id}`);
    assert.deepEqual([removed.status, removed.body], [200, { message: 'Import template deleted successfully' }]);
    assert.equal((await admin.ask('GET', `/templates/${id}`)).status, 404);
  });

  test('need system.configure to be changed', async () => {
    const { body } = await owner.ask('POST', '/templates', OWN);
    const id = said(body['template']?.['id']);
    assert.equal((await admin.ask('POST', '/templates', OWN)).status, 403);
    assert.equal((await admin.ask('PUT', `/templates/${id}`, OWN)).status, 403);
    assert.equal((await admin.ask('DELETE', `/templates/${id}`)).status, 403);
  });

  test('of another tenant do not exist', async () => {
    const { body } = await owner.ask('POST', '/templates', OWN);
    const id = said(body['template']?.['id']);
    const stranger = await universal.join();
    for (const [method, request] of [
      ['GET', undefined],
      ['PUT', OWN],
      ['DELETE', undefined],
    ] as const) {
      assert.equal((await stranger.ask(method, `/templates/${id}`, request)).status, 404);
    }
    const { body: profile } = await stranger.ask('POST', '/profiles', PROFILE);
    const applied = await stranger.ask('PUT', `/profiles/${said(profile['profile']?.['id'])}/template`, {
      template_id: id,
    });
    assert.deepEqual(
      [applied.status, applied.body['errors']],
      [422, { template_id: ['The selected template id is invalid.'] }],
    );
  });

  test('name targets and fields that do not exist', async () => {
    const { status, body } = await owner.ask('POST', '/templates', {
      ...OWN,
      supported_types: ['customer_users', 'spaceships'],
      configuration: {
        queries: {
          spaceships: QUERY,
          tickets: { ...QUERY, fields: [{ source: 'people.id', target: 'shoe_size' }] },
        },
      },
    });
    assert.equal(status, 422);
    assert.deepEqual(body['errors'], {
      'supported_types.1': ['There is no target spaceships.'],
      'configuration.queries.spaceships.target_type': ['There is no target spaceships.'],
      'configuration.queries.tickets.fields.0.target': ['The target tickets has no field shoe_size.'],
    });
  });
});

describe('PUT /profiles/{id}/template', () => {
  test('gives a profile the queries of a template, even while its source cannot be reached', async () => {
    const { body: made } = await owner.ask('POST', '/profiles', PROFILE);
    const id = said(made['profile']?.['id']);
    const templateId = systemTemplateId('freescout');
    const { status, body } = await owner.ask('PUT', `/profiles/${id}/template`, { template_id: templateId });
    assert.equal(status, 200);
    assert.equal(body['message'], 'Template applied successfully');
    assert.equal(body['profile']?.['template_id'], templateId);
    assert.deepEqual(body['profile']?.['template'], {
      id: templateId,
      name: 'FreeScout Platform',
      platform: 'freescout',
    });
    const queries = body['profile']?.['configuration']?.['queries'] ?? {};
    const types = Object.keys(queries);
    assert.deepEqual(types.toSorted(), ['agents', 'customer_users', 'tickets', 'time_entries']);
    assert.equal(queries['customer_users']?.['base_table'], 'customers');
    assert.equal(queries['customer_users']?.['target_type'], 'customer_users');
    assert.deepEqual(body['warnings'], [
      'The queries could not be held against the source: Connection failed: SQLSTATE[08006].',
    ]);

    const events: unknown[] = await universal.app.orm.em
      .fork()
      .execute('select "type", "data" from "import_events" where "profile_id" = ? order by "id"', [id]);
    assert.deepEqual(events.slice(1), [
      {
        type: 'template.applied',
        data: {
          name: 'Nowhere',
          templateId,
          templateName: 'FreeScout Platform',
          types,
        },
      },
      { type: 'profile.updated', data: { name: 'Nowhere', changed: ['template', 'queries'] } },
    ]);

    const custom = await owner.ask('PUT', `/profiles/${id}/template`, { template_id: systemTemplateId('custom') });
    assert.deepEqual(custom.body['profile']?.['configuration']?.['queries'], queries);
    assert.deepEqual(custom.body['warnings'], []);
  });

  test('names a template that is no id', async () => {
    const { body: made } = await owner.ask('POST', '/profiles', PROFILE);
    const { status, body } = await owner.ask('PUT', `/profiles/${said(made['profile']?.['id'])}/template`, {
      template_id: 'freescout',
    });
    assert.deepEqual([status, body['errors']], [422, { template_id: ['The template id must be a valid UUID.'] }]);
  });
});

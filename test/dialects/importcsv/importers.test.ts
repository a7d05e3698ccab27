import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { said } from '../universal/universal-app.ts';
import { NEW_IMPORTER_EXAMPLE } from '../../../src/dialects/importcsv/answers.ts';
import { startImports } from './import-stage.ts';
import type { ImportStage } from './import-stage.ts';

let stage: ImportStage;

before(async () => {
  stage = await startImports();
});

after(() => stage.close());

test('the importers of the document are made, listed, shown, changed and deleted as printed', async () => {
  const created = await stage.caller.askV1('POST', '/importers', NEW_IMPORTER_EXAMPLE);
  assert.equal(created.status, 201);
  const { id, schema, created_at: createdAt, updated_at: updatedAt, ...rest } = created.body;
  assert.deepEqual(rest, {
    name: 'Customer Import',
    description: 'Import customer data',
    slug: 'customer-import',
    version: 1,
    key: [],
    duplicates: 'update',
    newer_by: null,
    source: { type: 'upload' },
    target: 'importer:customer-import',
    mapping: {},
    public_key: rest['public_key'],
  });
  assert.deepEqual(schema, NEW_IMPORTER_EXAMPLE.schema);
  assert.equal(createdAt, updatedAt);
  const { body: list } = await stage.caller.askV1('GET', '/importers');
  assert.deepEqual(list, { items: [created.body], total: 1 });
  assert.deepEqual((await stage.caller.askV1('GET', `/importers/${said(id)}`)).body, created.body);
  const changed = await stage.caller.askV1('PUT', `/importers/${said(id)}`, {
    name: 'Updated',
    description: 'Updated too',
  });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  assert.deepEqual([changed.body['name'], changed.body['version'], changed.body['schema']], ['Updated', 2, schema]);
  assert.equal((await stage.caller.askV1('DELETE', `/importers/${said(id)}`)).status, 204);
  assert.equal((await stage.caller.askV1('GET', `/importers/${said(id)}`)).status, 404);
});

test('a schema is shown as it was sent', async () => {
  const fields = [
    { name: 'a', type: 'string' },
    {
      name: 'b',
      type: 'enum',
      label: null,
      values: ['x'],
      required: false,
      unique: false,
      aliases: [],
      validations: [],
    },
    { name: 'c', type: 'integer', default: 3, validations: [{ rule: 'min', value: 1 }] },
  ];
  const id = await stage.importer({ schema: { fields } });
  assert.deepEqual((await stage.caller.askV1('GET', `/importers/${id}`)).body['schema'], { fields });
  const { body } = await stage.caller.askV1('PUT', `/importers/${id}`, { schema: { fields: fields.toReversed() } });
  assert.deepEqual(body['schema'], { fields: fields.toReversed() });
});

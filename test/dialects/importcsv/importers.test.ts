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

test('importers of one name have slugs of their own, also when they are made at once; a slug that is asked for is had by one', async () => {
  const body = { ...NEW_IMPORTER_EXAMPLE, name: 'Künden 客户' };
  const made = await Promise.all([body, body, body].map((one) => stage.caller.askV1('POST', '/importers', one)));
  const slugs = made.map((one) => said(one.body['slug']));
  assert.deepEqual(slugs.toSorted(), ['kunden', 'kunden-2', 'kunden-3'], JSON.stringify(made));
  const long = { ...NEW_IMPORTER_EXAMPLE, name: 'x'.repeat(150) };
  await stage.caller.askV1('POST', '/importers', long);
  assert.equal((await stage.caller.askV1('POST', '/importers', long)).body['slug'], `${'x'.repeat(98)}-2`);
  const again = await stage.caller.askV1('POST', '/importers', { ...body, slug: 'kunden' });
  assert.deepEqual(
    [again.status, JSON.stringify(again.body).includes('The slug kunden has already been taken.')],
    [422, true],
  );
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

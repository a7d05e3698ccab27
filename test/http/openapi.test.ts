import { Validator } from '@seriousme/openapi-schema-validator';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { startUniversal } from '../dialects/universal/universal-app.ts';
import type { Caller, UniversalApp } from '../dialects/universal/universal-app.ts';

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, Content>>; headers?: object }>
  >;
}

interface Content {
  readonly schema: {
    readonly properties?: object;
    readonly required?: readonly string[];
  };
  readonly example?: unknown;
}

let stage: UniversalApp;
let caller: Caller;
let document: { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

before(async () => {
  stage = await startUniversal();
  caller = await stage.join();
  const { body } = await stage.app.send('GET', '/docs/openapi.json');
  document = body as typeof document;
});

after(() => stage.close());

const operations = (): [string, string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]): [string, string, Operation] => [method, path, one]),
  );

test('the document is OpenAPI 3.1 by the schema of OpenAPI itself', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert.deepEqual([valid, errors ?? []], [true, []]);
  const ids = operations().map(([, , { operationId }]) => operationId);
  assert.equal(new Set(ids).size, ids.length);
});

/** What documents 001 and 003 and the platform's own pages list. */
const LISTED = `
GET /api/v1/ingest
GET /api/v1/ingest/{run}
POST /api/v1/ingest/upload/{importer}
POST /api/v1/ingest/trigger/{importer}
POST /api/v1/ingest/{run}/cancel
POST /api/v1/ingest/{run}/retry
GET /api/v1/ingest/{run}/errors/summary
GET /api/v1/ingest/{run}/failed-rows/download
POST /api/v1/auth/login
GET /api/v1/importers
POST /api/v1/importers
GET /api/v1/importers/{id}
PUT /api/v1/importers/{id}
DELETE /api/v1/importers/{id}
POST /api/v1/imports
GET /api/v1/imports/{id}
GET /api/v1/imports
POST /api/v1/webhooks
GET /api/v1/imports/key/schema
POST /api/v1/imports/key/process
POST /api/v1/imports/key/mapping-suggestions
GET /api/import/profiles
POST /api/import/jobs
GET /api/import/schedules
POST /api/import/plans/{id}/apply
GET /api/import/events
GET /health/ready`;

test('it has every endpoint that the documents list', () => {
  const known = new Set(operations().map(([method, path]) => `${method.toUpperCase()} ${path}`));
  assert.deepEqual(
    LISTED.trim()
      .split('\n')
      .filter((one) => !known.has(one)),
    [],
  );
});

test('every endpoint says what it answers', () => {
  const silent = operations().filter(([, , { responses }]) =>
    Object.entries(responses).some(([status, { content }]) => /^2(?!04)/u.test(status) && content === undefined),
  );
  assert.deepEqual(
    silent.map(([method, path]) => `${method} ${path}`),
    [],
  );
});

/** The schemas with examples in what an operation answers. */
function exampled(part: unknown): { readonly examples: readonly unknown[] }[] {
  if (typeof part !== 'object' || part === null) return [];
  const own = 'examples' in part && Array.isArray(part.examples) ? [{ ...part, examples: part.examples }] : [];
  return [...own, ...Object.values(part).flatMap(exampled)];
}

test('the examples of what is answered are such answers', () => {
  const schemas = operations().flatMap(([, , { responses }]) => exampled(responses));
  assert.ok(schemas.length > 0);
  for (const { examples, ...schema } of schemas) {
    const answer = z.fromJSONSchema(schema);
    for (const example of examples) assert.deepEqual(answer.parse(example), example);
  }
});

test('everything in it is served, and what is said to need a login does', async () => {
  for (const [method, path, { security }] of operations()) {
    const asked = path.replaceAll(/\{\w+\}/gu, '0198c0de-0000-7000-8000-000000000001');
    const { status } = await stage.app.send(method.toUpperCase(), asked);
    assert.notEqual(status, 405, `${method} ${path}`);
    assert.equal(status === 401, security.length > 0 || path === '/api/v1/auth/logout', `${method} ${path}: ${status}`);
  }
});

test('forms with files are forms, lists have their query, bodies their examples', () => {
  const upload = document.paths['/api/v1/imports']?.['post']?.requestBody?.content ?? {};
  assert.deepEqual(Object.keys(upload), ['multipart/form-data']);
  const form = upload['multipart/form-data']?.schema;
  assert.deepEqual(Object.keys(form?.properties ?? {}), [
    'file',
    'importer_id',
    'mapping',
    'mode_config',
    'encoding',
    'delimiter',
    'sheet',
    'header_row',
  ]);
  assert.deepEqual(form?.required, ['file', 'importer_id']);
  const page = document.paths['/api/v1/imports']?.['get']?.parameters?.find(({ name }) => name === 'page');
  assert.deepEqual(page?.schema, { type: 'integer', minimum: 1, maximum: 1_000_000 });
  const body = document.paths['/api/v1/importers']?.['post']?.requestBody?.content['application/json']?.schema;
  assert.deepEqual(body?.required, ['name', 'schema']);
  const rows =
    document.paths['/api/v1/imports/key/process']?.['post']?.requestBody?.content['application/json']?.schema;
  assert.deepEqual(rows?.required, ['validData', 'importer_key']);
  const failed = document.paths['/api/v1/ingest/{run}/failed-rows/download']?.['get']?.responses['200']?.content;
  assert.deepEqual(Object.keys(failed ?? {}), ['text/csv']);
});

test('errors are shown in their dialect’s own form, as they are answered', async () => {
  const responses = document.paths['/api/v1/importers/{id}']?.['get']?.responses ?? {};
  assert.deepEqual(responses['404']?.content?.['application/json']?.example, { detail: 'Importer not found' });
  const { body } = await caller.askV1('GET', '/importers/nothing');
  assert.deepEqual(body, { detail: 'Importer not found' });
  const universal = document.paths['/api/import/jobs/{id}']?.['get']?.responses ?? {};
  assert.deepEqual(universal['401']?.content?.['application/json']?.example, { message: 'Unauthenticated.' });
  assert.ok('Retry-After' in (universal['429']?.headers ?? {}));
});

test('the document’s own example of an importer is taken as it stands', async () => {
  const asked = document.paths['/api/v1/importers']?.['post']?.requestBody?.content['application/json'];
  const { status, body } = await caller.askV1('POST', '/importers', asked?.example);
  assert.equal(status, 201, JSON.stringify(body));
});

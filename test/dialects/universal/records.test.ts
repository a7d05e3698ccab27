import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { recordId } from '../../../src/domain/record.ts';
import { startPeople } from './people.ts';
import type { PeopleStage } from './people.ts';
import { said } from './universal-app.ts';
import type { Caller } from './universal-app.ts';

let stage: PeopleStage;
let owner: Caller;
let profileId: string;
let jobId: string;
let jobNumber: number;

const TARGET = '0190e8a0-0000-7000-8000-000000000001';

before(async () => {
  stage = await startPeople('Records');
  ({ owner, profileId } = stage);
  const { body } = await owner.ask('POST', '/jobs', {
    profile_id: profileId,
    options: { selected_types: ['customer_users'] },
    mode_config: {
      import_mode: 'upsert',
      duplicate_detection: { enabled: true, strategy: 'exact', primary_fields: ['email'], confidence_threshold: 85 },
    },
  });
  jobId = said(body['job']?.['id']);
  jobNumber = await ended();
});

after(() => stage.close());

/** What a job leaves behind of three rows: one came in, one met it, one failed. */
async function ended(): Promise<number> {
  const em = stage.universal.app.orm.em.fork();
  const [job]: { number: string }[] = await em.execute(
    `update "import_jobs" set "status" = 'completed', "completed_at" = now() where "id" = ? returning "number"`,
    [jobId],
  );
  const number = Number(job?.number);
  await em.execute(
    `insert into "import_partitions" ("job_id", "target_ordinal", "ordinal", "planned_rows", "row_base", "rows_done",
       "created", "skipped", "failed", "duplicates", "finished")
     values (?, 0, 0, 3, 0, 3, 1, 1, 1, 1, true)`,
    [jobId],
  );
  await em.execute(
    `insert into "import_records" ("job_number", "target_ordinal", "row_number", "source_identifier", "source_hash",
       "target_id", "action", "duplicate_of", "matched", "created_at")
     values (?, 0, 1, '12345', '\\xab', ?::uuid, 'created', null, null, '2025-08-21T10:15:30Z'),
       (?, 0, 2, '12346', '\\xac', ?::uuid, 'skipped', ?::uuid, ?::jsonb, '2025-08-21T10:15:30Z'),
       (?, 0, 3, '12347', '\\xad', null, 'failed', null, null, '2025-08-21T10:15:30Z')`,
    [
      number,
      TARGET,
      number,
      TARGET,
      TARGET,
      JSON.stringify({
        strategy: 'exact',
        confidence: 92.5,
        fields: { email: { confidence: 92.5, matchedValue: 'john.doe@company.com' } },
      }),
      number,
    ],
  );
  await em.execute(`insert into "import_match_counts" values (?, 'exact', 92, 'unreviewed', 1, 92.5)`, [number]);
  await em.execute(
    `insert into "import_issues" values (?, 0, 3, 0, 'birth_date', 'invalid_format', 'The birth_date field is no date.', 'x', true),
       (?, 0, 3, 1, 'phone', 'invalid_format', 'The phone field is odd.', 'x', false)`,
    [number, number],
  );
  return number;
}

const page = async (query: string): Promise<{ numbers: unknown[]; meta: unknown }> => {
  const { status, body } = await owner.ask('GET', `/analytics/records${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  const data = body['data'] as unknown as { row_number: number }[];
  return { numbers: data.map((record) => record.row_number), meta: body['meta'] };
};

describe('GET /analytics/records', () => {
  test('shows records as document 000 prints them', async () => {
    const { status, body } = await owner.ask('GET', '/analytics/records');
    assert.equal(status, 200);
    const shared = {
      import_job_id: jobId,
      import_profile_id: profileId,
      source_table: 'people',
      attempt: 1,
      target_type: 'customer_users',
      import_mode: 'upsert',
      matching_rules: { strategy: 'exact', primary_fields: ['email'], confidence_threshold: 85 },
      review_status: null,
      field_mappings: { external_id: 'people.id' },
      created_at: '2025-08-21T10:15:30.000Z',
      deleted_at: null,
    };
    const id = (rowNumber: number): string => recordId({ jobNumber, targetOrdinal: 0, rowNumber });
    assert.deepEqual(body, {
      data: [
        {
          ...shared,
          id: id(1),
          source_identifier: '12345',
          source_hash: 'ab',
          row_number: 1,
          target_id: TARGET,
          import_action: 'created',
          matching_fields: null,
          confidence: null,
          duplicate_of: null,
          error_message: null,
        },
        {
          ...shared,
          id: id(2),
          source_identifier: '12346',
          source_hash: 'ac',
          row_number: 2,
          target_id: TARGET,
          import_action: 'skipped',
          matching_fields: { email: { confidence: 92.5, matched_value: 'john.doe@company.com' } },
          confidence: 92.5,
          duplicate_of: TARGET,
          error_message: null,
        },
        {
          ...shared,
          id: id(3),
          source_identifier: '12347',
          source_hash: 'ad',
          row_number: 3,
          target_id: null,
          import_action: 'failed',
          matching_fields: null,
          confidence: null,
          duplicate_of: null,
          error_message: 'The birth_date field is no date.',
        },
      ],
      meta: { current_page: 1, per_page: 25, total: 3 },
    });
  });

  test('takes every filter and the page', async () => {
    assert.deepEqual(await page(`?job_id=${jobId}&import_action=failed`), {
      numbers: [3],
      meta: { current_page: 1, per_page: 25, total: 1 },
    });
    assert.deepEqual((await page('?target_type=tickets')).numbers, []);
    assert.deepEqual((await page('?target_type=customer_users&has_duplicates=true')).numbers, [2]);
    assert.deepEqual((await page('?has_duplicates=false')).numbers, [1, 3]);
    assert.deepEqual((await page('?confidence_min=92')).numbers, [2]);
    assert.deepEqual((await page('?confidence_min=93')).numbers, []);
    assert.deepEqual(await page('?per_page=2&page=2'), {
      numbers: [3],
      meta: { current_page: 2, per_page: 2, total: 3 },
    });
  });

  test('refuses what it does not know, by name', async () => {
    const query = '?job_id=7&import_action=odd&has_duplicates=perhaps&confidence_min=101&per_page=0';
    const { status, body } = await owner.ask('GET', `/analytics/records${query}`);
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body['errors'] ?? {}).toSorted(), [
      'confidence_min',
      'has_duplicates',
      'import_action',
      'job_id',
      'per_page',
    ]);
  });

  test('shows nobody the records of another tenant', async () => {
    const stranger = await stage.universal.join();
    const { body } = await stranger.ask('GET', `/analytics/records?job_id=${jobId}`);
    assert.deepEqual(body, { data: [], meta: { current_page: 1, per_page: 25, total: 0 } });
  });
});

describe('POST /jobs/{id}/retry', () => {
  const id = (rowNumber: number): string => recordId({ jobNumber, targetOrdinal: 0, rowNumber });

  test('names records that cannot be retried', async () => {
    const { status, body } = await owner.ask('POST', `/jobs/${jobId}/retry`, { record_ids: [id(3), id(1), 'x'] });
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body['errors'] ?? {}), ['record_ids.2']);
    const other = await owner.ask('POST', `/jobs/${jobId}/retry`, { record_ids: [id(3), id(1)] });
    assert.equal(other.status, 422);
    assert.deepEqual(Object.keys(other.body['errors'] ?? {}), ['record_ids.1']);
  });

  test('makes a job of its own, once', async () => {
    const { status, body } = await owner.ask('POST', `/jobs/${jobId}/retry`);
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal(said(body['message']), 'Import job retry started successfully');
    assert.equal(said(body['job']?.['kind']), 'retry');
    assert.equal(said(body['job']?.['parent_job_id']), jobId);
    const again = await owner.ask('POST', `/jobs/${jobId}/retry`);
    assert.equal(again.status, 400);
    assert.match(said(again.body['message']), /is being retried already/);
    const running = await owner.ask('POST', `/jobs/${said(body['job']?.['id'])}/retry`);
    assert.deepEqual(running.body, { message: 'Cannot retry an import job that is running.' });
    assert.equal(running.status, 400);
    await owner.ask('POST', `/jobs/${said(body['job']?.['id'])}/cancel`);
  });

  test('is a 404 for a job of another tenant', async () => {
    const stranger = await stage.universal.join();
    assert.equal((await stranger.ask('POST', `/jobs/${jobId}/retry`)).status, 404);
    assert.equal((await stranger.ask('GET', `/jobs/${jobId}/certificate`)).status, 404);
  });
});

describe('GET /jobs/{id}/certificate', () => {
  test('shows what adds up and what does not', async () => {
    const { status, body } = await owner.ask('GET', `/jobs/${jobId}/certificate`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body, {
      certificate: {
        job_id: jobId,
        balanced: false,
        issued_at: said(body['certificate']?.['issued_at']),
        types: [
          {
            target_type: 'customer_users',
            balanced: false,
            source_count: 3,
            created: 1,
            updated: 0,
            skipped: 1,
            failed: 1,
            unprocessed: 0,
            records: { intact: 0, superseded: 0, edited: 0, altered: 0, missing: 1, uncompared: 1 },
            columns: [],
            source_problem: 'The query of the job is not known.',
          },
        ],
      },
    });
  });

  test('is refused while the job runs', async () => {
    const { body: made } = await owner.ask('POST', `/profiles/${profileId}/import`);
    const running = said(made['job']?.['id']);
    const { status, body } = await owner.ask('GET', `/jobs/${running}/certificate`);
    assert.equal(status, 400);
    assert.deepEqual(body, { message: 'An import job that is running has no certificate yet.' });
    await owner.ask('POST', `/jobs/${running}/cancel`);
  });
});

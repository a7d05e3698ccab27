import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listed, makeSource, said, startUniversal } from './universal-app.ts';
import type { Caller, Json, SourceDatabase, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;
let source: SourceDatabase;
let profileId: string;

const FIELDS = [{ source: 'people.id', target: 'external_id' }];

before(async () => {
  universal = await startUniversal();
  owner = await universal.join();
  source = await makeSource(['create table people (id integer primary key, name text)']);
  profileId = await makeProfile(owner, 'Production Database');
});

after(async () => {
  await universal.close();
  await source.drop();
});

async function makeProfile(caller: Caller, name: string): Promise<string> {
  const { body } = await caller.ask('POST', '/profiles', { name, ...source.fields });
  const id = said(body['profile']?.['id']);
  for (const target_type of ['customer_users', 'tickets', 'time_entries']) {
    const saved = await caller.ask('POST', `/profiles/${id}/queries`, {
      base_table: 'people',
      fields: FIELDS,
      target_type,
    });
    assert.equal(saved.status, 200, JSON.stringify(saved.body));
  }
  return id;
}

async function makeJob(caller: Caller = owner, profile = profileId): Promise<string> {
  const { status, body } = await caller.ask('POST', `/profiles/${profile}/import`);
  assert.equal(status, 201, JSON.stringify(body));
  return said(body['job']?.['id']);
}

/** The body document 000 prints. */
const EXAMPLE = {
  options: {
    batch_size: 100,
    timeout: 3600,
    selected_types: ['customer_users', 'tickets', 'time_entries'],
    import_filters: { date_from: '2024-01-01', date_to: '2024-12-31', limit: 1000 },
  },
  mode_config: {
    import_mode: 'upsert',
    duplicate_detection: {
      enabled: true,
      strategy: 'fuzzy',
      primary_fields: ['email', 'external_id'],
      secondary_fields: ['name', 'phone'],
      confidence_threshold: 85,
    },
    skip_duplicates: false,
    update_duplicates: true,
    source_identifier_field: 'id',
    matching_strategy: 'weighted_fields',
  },
};

const DEFAULTS = {
  import_options: {
    batch_size: 10_000,
    timeout: null,
    selected_types: null,
    import_filters: { date_from: null, date_to: null, limit: null },
  },
  mode_config: {
    import_mode: 'upsert',
    duplicate_detection: {
      enabled: false,
      strategy: 'exact',
      primary_fields: [],
      secondary_fields: [],
      confidence_threshold: 85,
    },
    skip_duplicates: false,
    update_duplicates: true,
    source_identifier_field: null,
    matching_strategy: null,
  },
};

/** A job that was just started, as it is shown. */
function started(job: Json | undefined, asked: object = DEFAULTS): object {
  return {
    id: job?.['id'],
    kind: 'import',
    profile: { id: profileId, name: 'Production Database', database_type: 'postgresql' },
    status: 'running',
    progress_percentage: 0,
    current_operation: job?.['current_operation'],
    records_processed: 0,
    records_imported: 0,
    records_updated: 0,
    records_skipped: 0,
    records_failed: 0,
    records_duplicates: 0,
    records_unprocessed: null,
    ...asked,
    estimated_total: null,
    started_at: job?.['started_at'],
    completed_at: null,
    duration: job?.['duration'],
    errors: null,
    metadata: { source_counts: {}, reading: {} },
    workflow: job?.['workflow'],
    created_by: { id: owner.user.id, name: owner.user.name },
    created_at: job?.['created_at'],
    updated_at: job?.['updated_at'],
  };
}

describe('POST /jobs', () => {
  test('starts the job of the document’s example', async () => {
    const { status, body } = await owner.ask('POST', '/jobs', { profile_id: profileId, ...EXAMPLE });
    assert.equal(status, 201, JSON.stringify(body));
    const job = body['job'];
    assert.deepEqual(body, {
      message: 'Import job started successfully',
      job: started(job, { import_options: EXAMPLE.options, mode_config: EXAMPLE.mode_config }),
    });
    assert.ok(said(job?.['current_operation']).length > 0);
    assert.equal(job?.['workflow']?.['id'], job?.['id']);
    const { body: shown } = await owner.ask('GET', `/jobs/${said(job?.['id'])}`);
    assert.deepEqual({ ...shown, duration: job?.['duration'] }, job);
  });

  test('names every mistake at once', async () => {
    const { status, body } = await owner.ask('POST', '/jobs', {
      profile_id: 'production',
      options: {
        batch_size: 0,
        timeout: 1.5,
        selected_types: 'tickets',
        import_filters: { date_from: '2024-02-30', limit: '10' },
      },
      mode_config: { import_mode: 'replace', duplicate_detection: { confidence_threshold: 101 }, skip_duplicates: 1 },
    });
    assert.equal(status, 422);
    assert.deepEqual(body['errors'], {
      profile_id: ['The profile id must be a valid UUID.'],
      'options.batch_size': ['The options.batch size must be between 1 and 100000.'],
      'options.timeout': ['The options.timeout must be an integer.'],
      'options.selected_types': ['The options.selected types must be an array.'],
      'options.import_filters.date_from': ['The options.import filters.date from is not a valid date.'],
      'options.import_filters.limit': ['The options.import filters.limit must be a number.'],
      'mode_config.import_mode': [
        'The selected mode config.import mode is invalid. Choose one of: create, update, upsert.',
      ],
      'mode_config.duplicate_detection.confidence_threshold': [
        'The mode config.duplicate detection.confidence threshold must be between 0 and 100.',
      ],
      'mode_config.skip_duplicates': ['The mode config.skip duplicates must be true or false.'],
    });
  });

  test('names types the profile has no query for', async () => {
    const { status, body } = await owner.ask('POST', '/jobs', {
      profile_id: profileId,
      options: { selected_types: ['agents'] },
    });
    assert.equal(status, 422);
    assert.equal(Object.keys(body['errors'] ?? {})[0]?.startsWith('options.selected_types'), true);
  });

  test('a profile of another tenant does not exist', async () => {
    const stranger = await universal.join();
    const { status, body } = await stranger.ask('POST', '/jobs', { profile_id: profileId });
    assert.deepEqual([status, body], [404, { message: 'Import profile not found' }]);
  });
});

describe('POST /profiles/{id}/import', () => {
  test('starts a job of everything with what is usual', async () => {
    const { status, body } = await owner.ask('POST', `/profiles/${profileId}/import`);
    assert.equal(status, 201);
    assert.deepEqual(body, { message: 'Import job started successfully', job: started(body['job']) });
  });
});

describe('GET /jobs', () => {
  test('lists, filters and pages', async () => {
    const caller = await universal.join();
    const profile = await makeProfile(caller, 'Listed');
    const other = await makeProfile(caller, 'Other');
    const first = await makeJob(caller, profile);
    const second = await makeJob(caller, other);
    await caller.ask('POST', `/jobs/${first}/cancel`);
    const ids = async (query: string): Promise<unknown> => {
      const { status, body } = await caller.ask('GET', `/jobs${query}`);
      assert.equal(status, 200, query);
      return listed(body['data']).map((job) => job['id']);
    };
    const today = new Date().toISOString().slice(0, 10);
    assert.deepEqual(await ids(''), [second, first]);
    assert.deepEqual(await ids(`?profile_id=${profile}`), [first]);
    assert.deepEqual(await ids('?status=cancelled'), [first]);
    assert.deepEqual(await ids('?status[]=cancelled&status[]=running'), [second, first]);
    assert.deepEqual(await ids('?status=pending,completed,failed'), []);
    assert.deepEqual(await ids(`?date_from=${today}&date_to=${today}`), [second, first]);
    assert.deepEqual(await ids('?date_to=2020-01-01'), []);
    assert.deepEqual(await ids('?search=list'), [first]);
    const { body } = await caller.ask('GET', '/jobs?per_page=1&page=2');
    assert.deepEqual(body['meta'], { current_page: 2, per_page: 1, total: 2 });
    assert.deepEqual(body['data'], [(await caller.ask('GET', `/jobs/${first}`)).body]);
  });

  test('refuses filters it does not know, by name', async () => {
    const { status, body } = await owner.ask('GET', '/jobs?status=odd&date_from=yesterday&profile_id=7');
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body['errors'] ?? {}).toSorted(), ['date_from', 'profile_id', 'status.0']);
  });
});

describe('GET /jobs/{id}/status', () => {
  test('says how it stands', async () => {
    const id = await makeJob();
    const { status, body } = await owner.ask('GET', `/jobs/${id}/status`);
    assert.equal(status, 200);
    assert.deepEqual(body, {
      job_id: id,
      status: 'running',
      progress_percentage: 0,
      current_operation: body['current_operation'],
      records_processed: 0,
      records_imported: 0,
      records_updated: 0,
      records_skipped: 0,
      records_failed: 0,
      started_at: body['started_at'],
      duration: body['duration'],
      estimated_completion: null,
    });
  });
});

describe('POST /jobs/{id}/cancel', () => {
  test('ends a job, once', async () => {
    const id = await makeJob();
    const { status, body } = await owner.ask('POST', `/jobs/${id}/cancel`);
    assert.equal(status, 200);
    assert.equal(body['message'], 'Import job cancelled successfully');
    assert.deepEqual([body['job']?.['id'], body['job']?.['status']], [id, 'cancelled']);
    const again = await owner.ask('POST', `/jobs/${id}/cancel`);
    assert.deepEqual([again.status, again.body], [400, { message: 'Cannot cancel an import job that is cancelled.' }]);
  });
});

test('POST /jobs/{id}/resume refuses a job that is not paused', async () => {
  const id = await makeJob();
  const { status, body } = await owner.ask('POST', `/jobs/${id}/resume`);
  assert.deepEqual([status, body], [400, { message: 'Cannot resume an import job that is running.' }]);
});

describe('what nobody may see', () => {
  test('jobs of another tenant do not exist', async () => {
    const id = await makeJob();
    const stranger = await universal.join();
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/status'],
      ['GET', '/issues'],
      ['POST', '/cancel'],
      ['POST', '/pause'],
      ['POST', '/resume'],
    ] as const) {
      for (const job of [id, 'stat', '0198c0de-0000-7000-8000-00000000dead']) {
        const { status, body } = await stranger.ask(method, `/jobs/${job}${path}`);
        assert.deepEqual([status, body], [404, { message: 'Import job not found' }], `${method} ${job}${path}`);
      }
    }
  });
});

describe('GET /jobs/{id}/issues', () => {
  test('lists what was wrong with rows, and filters', async () => {
    const id = await makeJob();
    await universal.app.orm.em.fork().execute(
      `insert into "import_issues" ("job_number", "target_ordinal", "row_number", "ordinal", "field", "code", "message", "value", "fatal")
       select "number", "t", 7, 0, 'email', 'invalid_format', 'Not an e-mail.', 'x', true
       from "import_jobs", unnest(array[0, 1]) as "t" where "id" = ?`,
      [id],
    );
    const { status, body } = await owner.ask('GET', `/jobs/${id}/issues?code=invalid_format&field=email`);
    assert.equal(status, 200);
    const issue = {
      row_number: 7,
      field: 'email',
      code: 'invalid_format',
      message: 'Not an e-mail.',
      value: 'x',
      fatal: true,
    };
    const [first, second] = listed(body['data']).map((each) => each['target_type']);
    assert.notEqual(first, second);
    assert.deepEqual(body, {
      data: [
        { ...issue, target_type: first },
        { ...issue, target_type: second },
      ],
      meta: { current_page: 1, per_page: 100, total: 2 },
    });
    const none = await owner.ask('GET', `/jobs/${id}/issues?field=name`);
    assert.deepEqual(none.body['data'], []);
  });
});

describe('GET /jobs/stats', () => {
  test('adds up the jobs of the tenant', async () => {
    const caller = await universal.join();
    const profile = await makeProfile(caller, 'Counted');
    const id = await makeJob(caller, profile);
    await caller.ask('POST', `/jobs/${id}/cancel`);
    await makeJob(caller, profile);
    const { status, body } = await caller.ask('GET', '/jobs/stats');
    assert.equal(status, 200);
    assert.deepEqual(body['stats'], {
      total_jobs: 2,
      completed_jobs: 0,
      failed_jobs: 0,
      running_jobs: 1,
      cancelled_jobs: 1,
      total_records_imported: 0,
      total_records_failed: 0,
      average_duration: null,
    });
    const recent = listed(body['recent_jobs']);
    assert.deepEqual(recent[1], {
      id,
      profile_name: 'Counted',
      status: 'cancelled',
      records_imported: 0,
      records_failed: 0,
      started_at: recent[1]?.['started_at'],
      completed_at: recent[1]?.['completed_at'],
      duration: recent[1]?.['duration'],
    });
    const { body: none } = await caller.ask('GET', '/jobs/stats?date_to=2020-01-01');
    assert.equal(none['stats']?.['total_jobs'], 0);
  });
});

describe('deleting a profile', () => {
  test('is refused while jobs of it run, and says how many', async () => {
    const profile = await makeProfile(owner, 'Busy');
    const jobs = [await makeJob(owner, profile), await makeJob(owner, profile)];
    const refused = await owner.ask('DELETE', `/profiles/${profile}`);
    assert.deepEqual(
      [refused.status, refused.body],
      [409, { message: 'Cannot delete profile with running import jobs', running_jobs: 2 }],
    );
    for (const job of jobs) await owner.ask('POST', `/jobs/${job}/cancel`);
    assert.equal((await owner.ask('DELETE', `/profiles/${profile}`)).status, 200);
    const { body } = await owner.ask('GET', `/jobs/${jobs[0]}`);
    assert.equal(body['profile'], null);
  });
});

test('a profile shows its newest jobs', async () => {
  const profile = await makeProfile(owner, 'With jobs');
  const job = await makeJob(owner, profile);
  const { body } = await owner.ask('GET', `/profiles/${profile}`);
  const { body: shown } = await owner.ask('GET', `/jobs/${job}`);
  assert.deepEqual(body['import_jobs'], [
    { id: job, status: 'running', records_imported: 0, started_at: shown['started_at'] },
  ]);
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startPeople } from './people.ts';
import type { PeopleStage } from './people.ts';
import { said } from './universal-app.ts';
import type { Caller, Json } from './universal-app.ts';

let stage: PeopleStage;
let owner: Caller;
let profileId: string;

before(async () => {
  stage = await startPeople('Production Database');
  ({ owner, profileId } = stage);
});

after(() => stage.close());

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
    source: 'database',
    parent_job_id: null,
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

  test('names mistakes of the form and of what it asks for together', async () => {
    const { status, body } = await owner.ask('POST', '/jobs', {
      profile_id: profileId,
      options: { batch_size: 0, selected_types: ['agents', 'spaceships'] },
      mode_config: { duplicate_detection: { enabled: true, primary_fields: 'email' }, skip_duplicates: 1 },
    });
    assert.equal(status, 422);
    assert.deepEqual(body['errors'], {
      'options.batch_size': ['The options.batch size must be between 1 and 100000.'],
      'mode_config.duplicate_detection.primary_fields': [
        'The mode config.duplicate detection.primary fields must be an array.',
      ],
      'mode_config.skip_duplicates': ['The mode config.skip duplicates must be true or false.'],
      'options.selected_types': [
        'The profile has no query for the type agents.',
        'The type spaceships does not exist.',
      ],
    });
  });

  test('says nothing of what it cannot know while the types are wrong', async () => {
    const { body } = await owner.ask('POST', '/jobs', {
      profile_id: profileId,
      options: { selected_types: ['tickets', 7] },
      mode_config: { source_identifier_field: 'email' },
    });
    assert.deepEqual(body['errors'], {
      'options.selected_types.1': ['The options.selected types.1 must be a string.'],
    });
  });

  test('names a profile that is not there beside other mistakes', async () => {
    const stranger = await stage.universal.join();
    const { status, body } = await stranger.ask('POST', '/jobs', { profile_id: profileId, kind: 'guess' });
    assert.deepEqual(
      [status, body['errors']],
      [
        422,
        {
          kind: ['The selected kind is invalid. Choose one of: import, validate.'],
          profile_id: ['The selected profile id is invalid.'],
        },
      ],
    );
    const named = await stranger.ask('POST', `/profiles/${profileId}/import`, { kind: 'guess' });
    assert.deepEqual([named.status, named.body], [404, { message: 'Import profile not found' }]);
  });

  test('a profile of another tenant does not exist', async () => {
    const stranger = await stage.universal.join();
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

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startPeople } from './people.ts';
import type { PeopleStage } from './people.ts';
import { listed, said } from './universal-app.ts';
import type { Caller, Json } from './universal-app.ts';

let stage: PeopleStage;
let owner: Caller;
let profileId: string;

before(async () => {
  stage = await startPeople('Production Database');
  ({ owner, profileId } = stage);
});

after(async () => {
  const { body } = await owner.ask('GET', '/schedules?per_page=100');
  for (const { id } of listed(body['data'])) await owner.ask('DELETE', `/schedules/${said(id)}`);
  await stage.close();
});

const HOURLY = { name: 'Hourly', interval_seconds: 3_600 };

async function made(body: object = {}): Promise<Json> {
  const answer = await owner.ask('POST', '/schedules', { profile_id: profileId, ...HOURLY, ...body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body['schedule'] ?? {};
}

describe('POST /schedules', () => {
  test('makes a schedule and shows it whole', async () => {
    const { status, body } = await owner.ask('POST', '/schedules', {
      name: 'Every working day',
      profile_id: profileId,
      cron: '30 6 * * MON-FRI',
      timezone: 'Europe/Berlin',
      overlap: 'buffer_one',
      catchup_window_seconds: 600,
      options: { batch_size: 500, selected_types: ['customer_users'], since_last_run: 'id' },
      mode_config: { import_mode: 'upsert', source_identifier_field: 'external_id' },
    });
    assert.equal(status, 201, JSON.stringify(body));
    const { schedule, message } = body;
    assert.equal(message, 'Import schedule created successfully');
    const { id, next_runs: nextRuns, created_at: createdAt, updated_at: _updatedAt, ...rest } = schedule ?? {};
    assert.match(said(id), /^[0-9a-f-]{36}$/u);
    assert.match(said(createdAt), /^\d{4}-.*Z$/u);
    assert.equal(listed(nextRuns).length, 10);
    for (const time of listed(nextRuns)) assert.match(said(time), /T0[45]:30:00\.000Z$/u);
    assert.deepEqual(rest, {
      name: 'Every working day',
      profile_id: profileId,
      profile: { id: profileId, name: 'Production Database' },
      importer: null,
      importer_id: null,
      cron: '30 6 * * MON-FRI',
      interval_seconds: null,
      timezone: 'Europe/Berlin',
      overlap: 'buffer_one',
      catchup_window_seconds: 600,
      options: {
        batch_size: 500,
        timeout: null,
        selected_types: ['customer_users'],
        import_filters: { date_from: null, date_to: null, limit: null },
        since_last_run: 'id',
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
        source_identifier_field: 'external_id',
        matching_strategy: null,
      },
      paused: false,
      recent_jobs: [],
      read_up_to: {},
      created_by: { id: owner.user.id, name: owner.user.name },
    });
  });

  test('names every mistake at once, of form and of content', async () => {
    const { status, body } = await owner.ask('POST', '/schedules', {
      profile_id: profileId,
      importer: 'customers',
      cron: '0 25 * * *',
      interval_seconds: 0,
      timezone: 'Mars/Olympus',
      overlap: 'sometimes',
      catchup_window_seconds: 1,
      options: { batch_size: 0, selected_types: ['agents'], since_last_run: 5 },
      mode_config: { import_mode: 'guess' },
    });
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body['errors'] ?? {}).toSorted(), [
      'catchup_window_seconds',
      'cron',
      'importer',
      'interval_seconds',
      'mode_config.import_mode',
      'name',
      'options.batch_size',
      'options.selected_types',
      'options.since_last_run',
      'overlap',
      'timezone',
    ]);
    const { errors } = body;
    assert.deepEqual(errors?.['importer'], ['Give either profile_id or importer, not both.']);
    assert.deepEqual(errors?.['overlap'], [
      'The selected overlap is invalid. Choose one of: skip, buffer_one, cancel_other, allow_all.',
    ]);
    assert.deepEqual(errors?.['catchup_window_seconds'], [
      'The catchup window seconds must be between 10 and 31622400.',
    ]);
    assert.deepEqual(errors?.['cron'], [
      'Give either cron or interval_seconds, not both.',
      'The hour of the cron expression is wrong: "25" is not a number from 0 to 23.',
    ]);
  });

  test('takes cron or interval_seconds, one of them', async () => {
    const errors = async (timing: object): Promise<unknown> => {
      const answer = await owner.ask('POST', '/schedules', { name: 'x', profile_id: profileId, ...timing });
      assert.equal(answer.status, 422);
      return answer.body['errors'];
    };
    assert.deepEqual(await errors({}), { cron: ['Give either cron or interval_seconds.'] });
    assert.deepEqual(await errors({ cron: null, interval_seconds: null }), {
      cron: ['Give either cron or interval_seconds.'],
    });
    assert.deepEqual(await errors({ interval_seconds: '5' }), {
      interval_seconds: ['The interval seconds must be a number.'],
    });
    assert.deepEqual(await errors({ interval_seconds: 1.5 }), {
      interval_seconds: ['The interval seconds must be between 1 and 31622400.'],
    });
    assert.deepEqual(await errors({ cron: '@often' }), {
      cron: [
        'A cron expression has five fields: minute, hour, day of the month, month and day of the week, or is one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly.',
      ],
    });
  });

  test('knows no profile of another tenant', async () => {
    const stranger = await stage.universal.join();
    const { status, body } = await stranger.ask('POST', '/schedules', { ...HOURLY, profile_id: profileId });
    assert.equal(status, 422);
    assert.deepEqual(body['errors'], { profile_id: ['The selected profile id is invalid.'] });
  });
});

describe('a schedule', () => {
  test('is shown, listed and paged', async () => {
    const first = await made();
    const second = await made({ name: 'Second' });
    const { body } = await owner.ask('GET', `/schedules/${said(first['id'])}`);
    assert.deepEqual(body['schedule'], first);
    const page = await owner.ask('GET', '/schedules?per_page=2');
    assert.deepEqual(
      listed(page.body['data']).map(({ id }) => id),
      [second['id'], first['id']],
    );
    assert.equal(said(page.body['meta']?.['per_page']), '2');
  });

  test('changes in what is given', async () => {
    const { id } = await made({ options: { batch_size: 10 } });
    const changed = await owner.ask('PUT', `/schedules/${said(id)}`, { name: 'Daily', cron: '@daily' });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    assert.equal(changed.body['message'], 'Import schedule updated successfully');
    const { name, cron, interval_seconds: interval, options } = changed.body['schedule'] ?? {};
    assert.deepEqual([name, cron, interval, options?.['batch_size']], ['Daily', '@daily', null, 10]);
    const refused = await owner.ask('PUT', `/schedules/${said(id)}`, {
      name: '',
      cron: '0',
      overlap: 'x',
      timezone: '',
    });
    assert.equal(refused.status, 422);
    assert.deepEqual(Object.keys(refused.body['errors'] ?? {}).toSorted(), ['cron', 'name', 'overlap', 'timezone']);
  });

  test('is paused, resumed, triggered and deleted', async () => {
    const { id } = await made();
    const act = async (verb: string): Promise<unknown> => {
      const { status, body } = await owner.ask('POST', `/schedules/${said(id)}/${verb}`);
      assert.equal(status, 200, JSON.stringify(body));
      return [body['message'], body['schedule']?.['paused'], listed(body['schedule']?.['next_runs']).length];
    };
    assert.deepEqual(await act('pause'), ['Import schedule paused successfully', true, 0]);
    assert.deepEqual(await act('trigger'), ['Import schedule triggered successfully', true, 0]);
    assert.deepEqual(await act('resume'), ['Import schedule resumed successfully', false, 10]);
    const gone = await owner.ask('DELETE', `/schedules/${said(id)}`);
    assert.deepEqual([gone.status, gone.body], [200, { message: 'Import schedule deleted successfully' }]);
    assert.equal((await owner.ask('GET', `/schedules/${said(id)}`)).status, 404);
  });

  test('is found by nobody of another tenant, and by nobody who may not import', async () => {
    const { id } = await made();
    const stranger = await stage.universal.join();
    const agent = await stage.universal.join({ tenantId: owner.user.tenantId, role: 'agent' });
    for (const [method, path] of [
      ['GET', ''],
      ['PUT', ''],
      ['DELETE', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/trigger'],
    ] as const) {
      const body = method === 'PUT' ? { overlap: 'wrong' } : undefined;
      const foreign = await stranger.ask(method, `/schedules/${said(id)}${path}`, method === 'PUT' ? {} : undefined);
      assert.deepEqual([foreign.status, foreign.body], [404, { message: 'Import schedule not found' }], method + path);
      const missing = await owner.ask(method, `/schedules/nothing${path}`, body);
      assert.deepEqual([missing.status, missing.body], [404, { message: 'Import schedule not found' }]);
      assert.equal((await agent.ask(method, `/schedules/${said(id)}${path}`, body)).status, 403);
    }
    assert.deepEqual((await stranger.ask('GET', '/schedules')).body['data'], []);
    assert.equal((await owner.ask('GET', `/schedules/${said(id)}`)).status, 200);
  });
});

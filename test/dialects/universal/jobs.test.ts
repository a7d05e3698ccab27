import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makePeopleProfile, startPeople } from './people.ts';
import type { PeopleStage } from './people.ts';
import { listed, said } from './universal-app.ts';
import type { Caller } from './universal-app.ts';

let stage: PeopleStage;
let owner: Caller;
let profileId: string;

before(async () => {
  stage = await startPeople('Production Database');
  ({ owner, profileId } = stage);
});

after(() => stage.close());

const makeProfile = (caller: Caller, name: string): Promise<string> => makePeopleProfile(caller, stage.source, name);

async function makeJob(caller: Caller = owner, profile = profileId): Promise<string> {
  const { status, body } = await caller.ask('POST', `/profiles/${profile}/import`);
  assert.equal(status, 201, JSON.stringify(body));
  return said(body['job']?.['id']);
}

describe('GET /jobs', () => {
  test('lists, filters and pages', async () => {
    const caller = await stage.universal.join();
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
    assert.deepEqual(Object.keys(body['errors'] ?? {}).toSorted(), ['date_from', 'profile_id', 'status']);
    const oneOf = 'Choose one of: pending, running, paused, completed, failed, cancelled.';
    for (const query of ['status=odd', 'status=failed,odd', 'status[]=failed&status[]=odd']) {
      const { body: told } = await owner.ask('GET', `/jobs?${query}`);
      assert.deepEqual(told['errors'], { status: [`The selected status is invalid. ${oneOf}`] }, query);
    }
    const named = await owner.ask('GET', '/jobs?status[a]=failed');
    assert.deepEqual(named.body['errors'], { status: ['The status must be an array.'] });
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
    const stranger = await stage.universal.join();
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
    await stage.universal.app.orm.em.fork().execute(
      `insert into "import_issues" ("job_number", "target_ordinal", "row_number", "ordinal", "field", "code", "message", "value", "fatal",
         "expected")
       select "number", "t", 7, 0, 'email', 'invalid_format', 'Not an e-mail.', 'x', true, 'name@example.com'
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
      expected: 'name@example.com',
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
    const caller = await stage.universal.join();
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
      [400, { message: 'Cannot delete profile with running import jobs', running_jobs: 2 }],
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

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { dashboardAnswer } from '../../../src/dialects/universal/present-analytics.ts';
import { NOTHING_JUDGED, people, startAnalytics, told } from './analytics-stage.ts';
import type { AnalyticsStage } from './analytics-stage.ts';
import type { Caller } from './universal-app.ts';

let stage: AnalyticsStage;

before(async () => {
  stage = await startAnalytics();
});

after(() => stage.close());

describe('a tenant without imports', () => {
  test('has zeros, and nothing where there is nothing to say', async () => {
    const caller = await stage.universal.join();
    const profile = await stage.profileOf(caller);
    assert.deepEqual(await told(caller, '/dashboard'), {
      dashboard: {
        overview: {
          total_jobs: 0,
          total_records_processed: 0,
          total_records_imported: 0,
          total_records_updated: 0,
          total_records_skipped: 0,
          total_records_failed: 0,
          average_success_rate: null,
          average_duration: null,
        },
        trends: { daily_jobs: [], success_rates: [], performance_metrics: [] },
        top_profiles: [],
      },
    });
    const period = {
      total_jobs: 0,
      completed_jobs: 0,
      failed_jobs: 0,
      running_jobs: 0,
      cancelled_jobs: 0,
      success_rate: null,
      records_processed: 0,
      records_failed: 0,
      records_imported: 0,
      average_duration: null,
      records_per_second: null,
    };
    assert.deepEqual(await told(caller, `/profiles/${profile}/stats`), {
      profile_stats: {
        total_jobs: 0,
        success_rate: null,
        average_duration: null,
        total_records_imported: 0,
        duplicate_detection_effectiveness: null,
        recent_performance: { last_7_days: period, last_30_days: period },
        record_breakdown: {},
      },
    });
    const none = { total_matches: 0, average_confidence: null, false_positive_rate: null };
    const ranges = ['90-100', '80-89', '70-79', '60-69', '50-59', '40-49', '30-39', '20-29', '10-19', '0-9'];
    assert.deepEqual(await told(caller, '/duplicate-analysis'), {
      duplicate_analysis: {
        detection_strategies: { exact: none, fuzzy: none },
        confidence_distribution: ranges.map((range) => ({ range: `${range}%`, count: 0 })),
        effectiveness_metrics: NOTHING_JUDGED,
      },
    });
  });

  test('and a job that has read nothing divides nothing by zero', async () => {
    const caller = await stage.universal.join();
    const profile = await stage.profileOf(caller);
    await stage.imported(caller, { profileId: profile, status: 'failed', seconds: 0 });
    await stage.imported(caller, { profileId: profile, status: 'pending' });
    const { dashboard } = await told(caller, '/dashboard');
    assert.equal(dashboard?.['overview']?.['total_jobs'], 2);
    assert.equal(dashboard?.['overview']?.['average_success_rate'], null);
    const day = new Date().toISOString().slice(0, 10);
    assert.deepEqual(dashboard?.['trends'], {
      daily_jobs: [{ date: day, total_jobs: 2, completed_jobs: 0, failed_jobs: 1, running_jobs: 1, cancelled_jobs: 0 }],
      success_rates: [{ date: day, success_rate: null, records_processed: 0, records_failed: 0 }],
      performance_metrics: [{ date: day, records_processed: 0, average_duration: null, records_per_second: null }],
    });
    await told(caller, `/profiles/${profile}/stats`);
  });
});

describe('days are days in UTC, both inclusive', () => {
  test('and count by when the job was made', async () => {
    const caller = await stage.universal.join();
    const profile = await stage.profileOf(caller);
    for (const at of [
      '2024-02-28T23:59:59.999Z',
      '2024-02-29T00:00:00Z',
      '2024-02-29T23:59:59.999Z',
      '2024-03-01T00:00:00Z',
    ]) {
      await stage.imported(caller, { profileId: profile, at, rows: people('a', 'a'), detect: ['email'] });
    }
    const jobs = async (query: string): Promise<unknown> =>
      (await told(caller, `/dashboard?${query}`))['dashboard']?.['overview']?.['total_jobs'];
    assert.equal(await jobs('date_from=2024-02-29&date_to=2024-02-29'), 2);
    assert.equal(await jobs('date_from=2024-02-29'), 3);
    assert.equal(await jobs('date_to=2024-02-29'), 3);
    assert.equal(await jobs('date_from=0001-01-01&date_to=9999-12-31'), 4);
    const { dashboard } = await told(caller, '/dashboard');
    assert.deepEqual(
      dashboardAnswer
        .parse({ dashboard })
        .dashboard.trends.daily_jobs.map(({ date, total_jobs }) => [date, total_jobs]),
      [
        ['2024-02-28', 1],
        ['2024-02-29', 2],
        ['2024-03-01', 1],
      ],
    );
    const { duplicate_analysis: analysis } = await told(caller, '/duplicate-analysis?date_from=2024-02-29');
    assert.equal(analysis?.['detection_strategies']?.['exact']?.['total_matches'], 6);
  });
});

describe('who sees what', () => {
  test('nothing of another tenant, and an agent what he started himself', async () => {
    const owner = await stage.universal.join();
    const agent = await stage.universal.join({
      tenantId: owner.user.tenantId,
      role: 'agent',
      permissions: ['system.import'],
    });
    const stranger = await stage.universal.join();
    const profile = await stage.profileOf(owner);
    for (const { user } of [owner, agent]) {
      await stage.imported(owner, { profileId: profile, rows: people('a', 'a'), detect: ['email'], userId: user.id });
    }
    const figures = async (caller: Caller): Promise<unknown[]> => {
      const { dashboard } = await told(caller, '/dashboard');
      const { duplicate_analysis: analysis } = await told(caller, '/duplicate-analysis');
      const exact = analysis?.['detection_strategies']?.['exact'];
      return [dashboard?.['overview']?.['total_jobs'], exact?.['total_matches']];
    };
    assert.deepEqual(await figures(owner), [2, 3]);
    assert.deepEqual(await figures(agent), [1, 2]);
    assert.deepEqual(await figures(stranger), [0, 0]);
    const { profile_stats: own } = await told(agent, `/profiles/${profile}/stats`);
    assert.equal(own?.['total_jobs'], 1);
    for (const path of [`/profiles/${profile}/stats`, `/dashboard?profile_id=${profile}`]) {
      const { status, body } = await stranger.ask('GET', `/analytics${path}`);
      assert.deepEqual([status, body], [404, { message: 'Import profile not found' }], path);
    }
  });

  test('without the permission nobody', async () => {
    const agent = await stage.universal.join({ role: 'agent' });
    for (const path of ['/dashboard?date_from=x', `/profiles/${randomUUID()}/stats`, '/duplicate-analysis']) {
      assert.equal((await agent.ask('GET', `/analytics${path}`)).status, 403, path);
      assert.equal((await stage.universal.app.send('GET', `/api/import/analytics${path}`)).status, 401, path);
    }
  });
});

describe('what does not fit', () => {
  const REFUSED: readonly (readonly [string, readonly string[]])[] = [
    ['/dashboard?date_from=yesterday&date_to=2024-02-30&profile_id=7', ['date_from', 'date_to', 'profile_id']],
    ['/dashboard?date_from=0000-01-01', ['date_from']],
    ['/dashboard?date_from=2024-01-02&date_to=2024-01-01', ['date_to']],
    ['/dashboard?date_from[]=2024-01-02', ['date_from']],
    ["/dashboard?date_from=2024-01-01'%20or%20true--", ['date_from']],
    ['/dashboard?date_to=2024-01-01T00:00:00Z', ['date_to']],
    ['/dashboard?profile_id[x]=1', ['profile_id']],
    ['/dashboard?date_to=%00', ['date_to']],
    ['/duplicate-analysis?strategy=odd&confidence_min=101&date_from=1', ['confidence_min', 'date_from', 'strategy']],
    ['/duplicate-analysis?confidence_min=-1', ['confidence_min']],
    ['/duplicate-analysis?confidence_min=8.5', ['confidence_min']],
    ['/duplicate-analysis?confidence_min=1e1', ['confidence_min']],
    ['/duplicate-analysis?confidence_min[]=5', ['confidence_min']],
    ['/duplicate-analysis?strategy=__proto__', ['strategy']],
    ['/duplicate-analysis?strategy[]=exact', ['strategy']],
  ];
  test('is refused by name', async () => {
    const caller = await stage.universal.join();
    for (const [path, names] of REFUSED) {
      const { status, body } = await caller.ask('GET', `/analytics${path}`);
      assert.deepEqual([status, Object.keys(body['errors'] ?? {}).toSorted()], [422, names], path);
    }
  });

  test('an empty parameter is none, and a profile that is not there is not found', async () => {
    const caller = await stage.universal.join();
    await told(caller, '/dashboard?date_from=&date_to=&profile_id=');
    await told(caller, '/duplicate-analysis?strategy=&confidence_min=&date_from=');
    for (const path of [
      '/profiles/stats/stats',
      `/profiles/${randomUUID()}/stats`,
      `/dashboard?profile_id=${randomUUID()}`,
    ]) {
      const { status, body } = await caller.ask('GET', `/analytics${path}`);
      assert.deepEqual([status, body], [404, { message: 'Import profile not found' }], path);
    }
  });
});

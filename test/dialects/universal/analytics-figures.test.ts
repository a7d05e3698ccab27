import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dashboardAnswer } from '../../../src/dialects/universal/present-analytics.ts';
import { agents } from '../../../src/targets/agents.ts';
import { randomCustomers } from '../../support/imported-jobs.ts';
import { seeded } from '../../support/seeded.ts';
import { NOTHING_JUDGED, people, startAnalytics, told } from './analytics-stage.ts';
import type { AnalyticsStage } from './analytics-stage.ts';
import { recount } from './recount.ts';
import type { Recount } from './recount.ts';
import type { Caller, Json } from './universal-app.ts';

let stage: AnalyticsStage;

before(async () => {
  stage = await startAnalytics();
});

after(() => stage.close());

/** Imports of every kind and end, of several profiles and types, over some days, reviewed here and there. */
async function randomHistory(caller: Caller, seed: number): Promise<string[]> {
  const random = seeded(seed);
  const profiles = [await stage.profileOf(caller, 'One'), await stage.profileOf(caller, 'Two')];
  const statuses = ['completed', 'completed', 'failed', 'cancelled', 'running', 'paused', 'pending'] as const;
  for (let n = 0; n < 14; n++) {
    const rows = randomCustomers(random, random.between(0, 90));
    const job = await stage.imported(caller, {
      profileId: n === 0 ? null : random.pick(profiles),
      kind: n < 3 ? 'import' : random.pick(['import', 'import', 'retry', 'validate', 'rollback']),
      status: random.pick(statuses),
      seconds: random.below(500),
      at: new Date(Date.now() - random.below(40 * 86_400_000)).toISOString(),
      rows,
      faulty: random.below(rows.length + 1),
      ...(random.chance(0.3) ? { spec: agents } : {}),
      ...(random.chance(0.7) ? { detect: ['email'] } : {}),
      mode: { skipDuplicates: random.chance(0.3) },
    });
    const some = (): number[] => Array.from({ length: 30 }, () => random.between(1, 90));
    const likeness = `jsonb_build_object('strategy', 'fuzzy', 'confidence', ${random.between(20, 399) / 4})`;
    if (random.chance(0.7)) await stage.review(job, `"matched" = "matched" || ${likeness}`, some());
    if (random.chance(0.5)) await stage.review(job, `"review_status" = 'pending'`, some());
    if (random.chance(0.5)) await stage.review(job, `"review_status" = 'approved'`, some());
    if (random.chance(0.5)) await stage.review(job, `"review_status" = 'rejected'`, some());
    if (random.chance(0.4)) {
      const verdict = random.pick(['duplicate', 'distinct']);
      await stage.review(job, `"review_status" = 'approved', "review_verdict" = '${verdict}'`, some());
    }
  }
  return profiles;
}

describe('figures are those of the ledger', () => {
  for (const seed of [1, 20, 300]) {
    test(`of random imports (seed ${seed})`, async () => {
      const caller = await stage.universal.join();
      const profiles = await randomHistory(caller, seed);
      const again = (asked: Partial<Recount>): ReturnType<typeof recount> =>
        recount(stage.universal.app.orm, { tenantId: caller.user.tenantId, ...asked });
      const day = new Date(Date.now() - 20 * 86_400_000).toISOString().slice(0, 10);
      const dashboards = [
        ['', {}],
        [`?profile_id=${profiles[0]}`, { profileId: profiles[0] ?? '' }],
        [`?date_from=${day}`, { dateFrom: day }],
        [`?date_to=${day}`, { dateTo: day }],
      ] as const;
      for (const [query, asked] of dashboards) {
        const { dashboard } = await told(caller, `/dashboard${query}`);
        assert.deepEqual(dashboard, (await again(asked)).dashboard, query);
      }
      for (const profileId of profiles) {
        const { profile_stats: stats } = await told(caller, `/profiles/${profileId}/stats`);
        assert.deepEqual(stats, (await again({ profileId })).profileStats);
      }
      const analyses = [
        ['', {}],
        ['?strategy=fuzzy', { strategy: 'fuzzy' }],
        ['?confidence_min=55', { confidenceMin: 55 }],
        [`?strategy=exact&date_from=${day}`, { strategy: 'exact', dateFrom: day }],
      ] as const;
      for (const [query, asked] of analyses) {
        const { duplicate_analysis: analysis } = await told(caller, `/duplicate-analysis${query}`);
        assert.deepEqual(analysis, (await again(asked)).duplicates, query);
      }
    });
  }

  test('of a profile that was deleted the imports stay, but it is no top profile any more', async () => {
    const caller = await stage.universal.join();
    const profile = await stage.profileOf(caller);
    await stage.imported(caller, { profileId: profile, rows: people('a', 'b') });
    const before = await told(caller, '/dashboard');
    assert.equal((await caller.ask('DELETE', `/profiles/${profile}`)).status, 200);
    const { dashboard } = await told(caller, '/dashboard');
    assert.deepEqual(dashboard?.['overview'], before['dashboard']?.['overview']);
    assert.deepEqual([dashboard?.['top_profiles'], dashboard?.['overview']?.['total_records_imported']], [[], 2]);
    assert.equal((await caller.ask('GET', `/analytics/profiles/${profile}/stats`)).status, 404);
  });

  test('top profiles are the ten that most records came from', async () => {
    const caller = await stage.universal.join();
    for (let n = 1; n <= 12; n++) {
      const rows = people(...Array.from({ length: n }, (_, row) => `${n} ${row}`));
      await stage.imported(caller, {
        profileId: await stage.profileOf(caller, `Profile ${n}`),
        rows,
        faulty: n === 12 ? 3 : 0,
      });
    }
    const { dashboard } = await told(caller, '/dashboard');
    const top = dashboardAnswer.parse({ dashboard }).dashboard.top_profiles;
    assert.deepEqual(
      top.map(({ profile, ...rest }) => [profile.name, rest]),
      Array.from({ length: 10 }, (_, place) => [
        `Profile ${12 - place}`,
        { job_count: 1, success_rate: place === 0 ? 75 : 100, total_records: 12 - place },
      ]),
    );
  });
});

describe('what reviewers say of duplicates', () => {
  test('makes true and false positives, and nothing before they say it', async () => {
    const caller = await stage.universal.join();
    const profile = await stage.profileOf(caller);
    const job = await stage.imported(caller, {
      profileId: profile,
      rows: people('a', 'a', 'a', 'a', 'a', 'b'),
      detect: ['email'],
    });
    await stage.review(job, `"matched" = "matched" || '{"strategy": "fuzzy", "confidence": 80.5}'`, [2, 3]);
    await stage.review(job, `"review_status" = 'pending'`, [2, 3]);
    const analysis = async (query = ''): Promise<Json | undefined> =>
      (await told(caller, `/duplicate-analysis${query}`))['duplicate_analysis'];
    const effectiveness = async (): Promise<Json | undefined> =>
      (await told(caller, `/profiles/${profile}/stats`))['profile_stats']?.['duplicate_detection_effectiveness'];
    const before = await analysis();
    assert.deepEqual(before?.['detection_strategies'], {
      exact: { total_matches: 2, average_confidence: 100, false_positive_rate: null },
      fuzzy: { total_matches: 2, average_confidence: 80.5, false_positive_rate: null },
    });
    assert.deepEqual(before?.['effectiveness_metrics'], { ...NOTHING_JUDGED, pending_matches: 2 });
    assert.equal(await effectiveness(), null);

    await stage.review(job, `"review_status" = 'approved'`, [2, 4]);
    await stage.review(job, `"review_status" = 'approved', "review_verdict" = 'distinct'`, [3]);
    const judged = await analysis();
    assert.deepEqual(judged?.['detection_strategies'], {
      exact: { total_matches: 2, average_confidence: 100, false_positive_rate: 0 },
      fuzzy: { total_matches: 2, average_confidence: 80.5, false_positive_rate: 50 },
    });
    assert.deepEqual(judged?.['effectiveness_metrics'], {
      true_positives: 66.7,
      false_positives: 33.3,
      false_negatives: null,
      reviewed_matches: 3,
      pending_matches: 0,
    });
    assert.equal(await effectiveness(), 66.7);

    await stage.review(job, `"review_verdict" = 'duplicate'`, [6]);
    assert.deepEqual((await analysis())?.['effectiveness_metrics'], {
      true_positives: 50,
      false_positives: 25,
      false_negatives: 25,
      reviewed_matches: 3,
      pending_matches: 0,
    });
    assert.deepEqual((await analysis('?confidence_min=81'))?.['effectiveness_metrics'], {
      ...NOTHING_JUDGED,
      true_positives: 100,
      false_positives: 0,
      reviewed_matches: 1,
    });
    assert.deepEqual((await analysis('?confidence_min=85'))?.['confidence_distribution'], [
      { range: '90-100%', count: 2 },
      { range: '80-89%', count: 0 },
    ]);
  });
});

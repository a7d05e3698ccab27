import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { day, idParams, queryInteger, queryValue, uuid } from '../inputs.ts';
import {
  dashboardAnswer,
  duplicateAnswer,
  presentDashboard,
  presentDuplicates,
  presentProfileStats,
  profileStatsAnswer,
} from './present-analytics.ts';

const dashboardQuery = z
  .object({ date_from: queryValue(day), date_to: queryValue(day), profile_id: queryValue(uuid) })
  .refine(({ date_from: from, date_to: to }) => from === undefined || to === undefined || from <= to, {
    path: ['date_to'],
    message: 'The date to must not be before the date from.',
  });

const duplicateQuery = z.object({
  strategy: queryValue(z.enum(['exact', 'fuzzy'])),
  confidence_min: queryInteger(0, 100, 0),
  date_from: queryValue(day),
});

const SHARED = { permission: 'system.import', limit: 'jobs' } as const;

/** Figures over import jobs and what people said of the duplicates they found. */
export function analyticsRoutes({ analytics }: Pick<Engine, 'analytics'>): readonly Route[] {
  return [
    guarded('get', '/analytics/dashboard', {
      ...SHARED,
      summary: 'Figures over the imports and retries that were made between two days (inclusive, UTC).',
      query: dashboardQuery,
      answers: dashboardAnswer,
      act: ({ actor, query }) =>
        analytics.dashboard(actor, {
          profileId: query.profile_id,
          dateFrom: query.date_from,
          dateTo: query.date_to,
        }),
      present: (dashboard) => ({ body: { dashboard: presentDashboard(dashboard) } }),
    }),
    guarded('get', '/analytics/profiles/:id/stats', {
      ...SHARED,
      summary: 'Figures over the imports and retries of a profile.',
      params: idParams,
      subject: 'Import profile',
      answers: profileStatsAnswer,
      act: ({ actor, params }) => analytics.profileStats(actor, params.id),
      present: (stats) => ({ body: { profile_stats: presentProfileStats(stats) } }),
    }),
    guarded('get', '/analytics/duplicate-analysis', {
      ...SHARED,
      summary: 'How many duplicates imports found, how sure they were, and what reviewers said of them.',
      query: duplicateQuery,
      answers: duplicateAnswer,
      act: async ({ actor, query }) =>
        analytics.duplicateAnalysis(actor, {
          strategy: query.strategy,
          confidenceMin: query.confidence_min,
          dateFrom: query.date_from,
        }),
      present: (analysis, { query }) => ({
        body: { duplicate_analysis: presentDuplicates(analysis, query.confidence_min) },
      }),
    }),
  ];
}

import { z } from 'zod';
import { processed } from '../../domain/counters.ts';
import { share, toOneDecimal } from '../../domain/share.ts';
import type { Dashboard } from '../../engine/analytics/dashboard.ts';
import type { DuplicateAnalysis } from '../../engine/analytics/duplicate-analysis.ts';
import type { Judgement } from '../../engine/analytics/judgement.ts';
import type { ProfileStats } from '../../engine/analytics/profile-stats.ts';
import { imported } from './present-job.ts';

type Figures = Dashboard['all'];

const count = z.int().min(0);
const percent = z.number().min(0).max(100).nullable();
const date = z.iso.date().describe('A day (UTC) on which a job was made.');
const successRate = percent.describe('Percent of the processed records that did not fail; null when there are none.');
const seconds = z.int().nullable().describe('Seconds from start to end of completed jobs, on average; null without.');
const pace = z.number().nullable().describe('Records by the seconds that jobs took from start to end; null without.');

const pieces = {
  jobs: {
    total_jobs: count,
    completed_jobs: count,
    failed_jobs: count,
    running_jobs: count.describe('Those that wait, run or are paused.'),
    cancelled_jobs: count,
  },
  success: { success_rate: successRate, records_processed: count, records_failed: count },
  performance: { records_processed: count, average_duration: seconds, records_per_second: pace },
};

const overview = z.object({
  total_jobs: count.describe('Imports and retries, whatever became of them.'),
  total_records_processed: count.describe('Those created, updated, skipped or failed; each attempt counts.'),
  total_records_imported: count.describe('Those created.'),
  total_records_updated: count,
  total_records_skipped: count,
  total_records_failed: count,
  average_success_rate: percent.describe('Mean of the success rates of the jobs that processed records.'),
  average_duration: seconds,
});

const dashboardShape = z.object({
  overview,
  trends: z
    .object({
      daily_jobs: z.array(z.object({ date, ...pieces.jobs })),
      success_rates: z.array(z.object({ date, ...pieces.success })),
      performance_metrics: z.array(z.object({ date, ...pieces.performance })),
    })
    .describe('An entry for each day on which a job was made, oldest first, over the jobs made on it.'),
  top_profiles: z
    .array(
      z.object({
        profile: z.object({ id: z.uuid(), name: z.string(), database_type: z.string() }),
        job_count: count,
        success_rate: successRate,
        total_records: count.describe('Processed records.'),
      }),
    )
    .max(10)
    .describe('The profiles most records came from, most first; deleted ones have no place.'),
});

const period = z.object({ ...pieces.jobs, ...pieces.success, records_imported: count, ...pieces.performance });

const profileStatsShape = z.object({
  total_jobs: count,
  success_rate: successRate,
  average_duration: seconds,
  total_records_imported: count.describe('Those created or updated.'),
  duplicate_detection_effectiveness: percent.describe(
    'Percent of the duplicates judged by reviewers that imports were right about; null before any was judged.',
  ),
  recent_performance: z
    .object({ last_7_days: period, last_30_days: period })
    .describe('Over the jobs made within so many times 24 hours.'),
  record_breakdown: z.record(z.string(), count).describe('Records created or updated, by target type.'),
});

const UNREVIEWED = 'null until reviewers have judged some';

const duplicateShape = z.object({
  detection_strategies: z.partialRecord(
    z.enum(['exact', 'fuzzy']),
    z.object({
      total_matches: count.describe('Rows found to be duplicates, also those that wait for a person.'),
      average_confidence: percent,
      false_positive_rate: percent.describe(`Percent of the judged matches that reviewers refused; ${UNREVIEWED}.`),
    }),
  ),
  confidence_distribution: z
    .array(z.object({ range: z.string(), count }))
    .describe('Matches by tens of percent, highest first.'),
  effectiveness_metrics: z
    .object({
      true_positives: percent,
      false_positives: percent,
      false_negatives: percent.describe(
        'null while reviewers judged matches alone: what was missed is not among them.',
      ),
      reviewed_matches: count,
      pending_matches: count,
    })
    .describe(`Percent of what reviewers judged; ${UNREVIEWED}.`),
});

/** What the answers hold. */
export const dashboardAnswer = z.object({ dashboard: dashboardShape });
export const profileStatsAnswer = z.object({ profile_stats: profileStatsShape });
export const duplicateAnswer = z.object({ duplicate_analysis: duplicateShape });

/** The dashboard; its imported records leave the updated out, as document 000's example adds up. */
export function presentDashboard({ all, days, topProfiles }: Dashboard): z.infer<typeof dashboardShape> {
  const { rows } = all;
  return {
    overview: {
      total_jobs: all.jobs,
      total_records_processed: processed(rows),
      total_records_imported: rows.created,
      total_records_updated: rows.updated,
      total_records_skipped: rows.skipped,
      total_records_failed: rows.failed,
      average_success_rate: all.meanSuccess === null ? null : toOneDecimal(100 * all.meanSuccess),
      average_duration: wholeSeconds(all),
    },
    trends: {
      daily_jobs: days.map(({ day, figures }) => ({ date: day, ...presentJobs(figures) })),
      success_rates: days.map(({ day, figures }) => ({ date: day, ...presentSuccess(figures) })),
      performance_metrics: days.map(({ day, figures }) => ({ date: day, ...presentPerformance(figures) })),
    },
    top_profiles: topProfiles.map(({ profile, figures }) => ({
      profile: { id: profile.id, name: profile.name, database_type: profile.databaseType },
      job_count: figures.jobs,
      success_rate: success(figures),
      total_records: processed(figures.rows),
    })),
  };
}

/** The figures of a profile; its imported records are those created and updated, as in a job. */
export function presentProfileStats(stats: ProfileStats): z.infer<typeof profileStatsShape> {
  const { all } = stats;
  return {
    total_jobs: all.jobs,
    success_rate: success(all),
    average_duration: wholeSeconds(all),
    total_records_imported: imported(all.rows),
    duplicate_detection_effectiveness: stats.judgement.truePositives,
    recent_performance: {
      last_7_days: presentPeriod(stats.last7Days),
      last_30_days: presentPeriod(stats.last30Days),
    },
    record_breakdown: stats.importedByType,
  };
}

/** The analysis; ranges that lie below the asked minimum are left out. */
export function presentDuplicates(
  { strategies, byDecade, judgement }: DuplicateAnalysis,
  confidenceMin: number,
): z.infer<typeof duplicateShape> {
  const ranges = byDecade.map((records, decade) => ({
    from: decade * 10,
    upTo: decade === 9 ? 100 : decade * 10 + 9,
    records,
  }));
  return {
    detection_strategies: Object.fromEntries(
      strategies.map(({ strategy, matches, averageConfidence, falsePositiveRate }) => [
        strategy,
        {
          total_matches: matches,
          average_confidence: averageConfidence === null ? null : toOneDecimal(averageConfidence),
          false_positive_rate: falsePositiveRate,
        },
      ]),
    ),
    confidence_distribution: ranges
      .filter(({ upTo }) => upTo >= confidenceMin)
      .toReversed()
      .map(({ from, upTo, records }) => ({ range: `${from}-${upTo}%`, count: records })),
    effectiveness_metrics: presentJudgement(judgement),
  };
}

function presentJudgement(judgement: Judgement): z.infer<typeof duplicateShape>['effectiveness_metrics'] {
  return {
    true_positives: judgement.truePositives,
    false_positives: judgement.falsePositives,
    false_negatives: judgement.falseNegatives,
    reviewed_matches: judgement.reviewed,
    pending_matches: judgement.pending,
  };
}

const presentPeriod = (figures: Figures): z.infer<typeof period> => ({
  ...presentJobs(figures),
  ...presentSuccess(figures),
  records_imported: imported(figures.rows),
  ...presentPerformance(figures),
});

const presentJobs = ({ jobs, completed, failed, running, cancelled }: Figures) => ({
  total_jobs: jobs,
  completed_jobs: completed,
  failed_jobs: failed,
  running_jobs: running,
  cancelled_jobs: cancelled,
});

const presentSuccess = (figures: Figures) => ({
  success_rate: success(figures),
  records_processed: processed(figures.rows),
  records_failed: figures.rows.failed,
});

const presentPerformance = (figures: Figures) => ({
  records_processed: processed(figures.rows),
  average_duration: wholeSeconds(figures),
  records_per_second: figures.rowsPerSecond === null ? null : toOneDecimal(figures.rowsPerSecond),
});

const success = ({ rows }: Figures): number | null => share(processed(rows) - rows.failed, processed(rows));

const wholeSeconds = ({ averageDuration }: Figures): number | null =>
  averageDuration === null ? null : Math.round(averageDuration);

import type { Actor } from '../../domain/actor.ts';
import type { DuplicateDetection } from '../../domain/job.ts';
import { matchCounts } from '../../store/queries/figures/match-figures.ts';
import type { MatchCount } from '../../store/queries/figures/match-figures.ts';
import type { EngineDeps } from '../deps.ts';
import { isClaim, judge } from './judgement.ts';
import type { Judgement } from './judgement.ts';
import { visibleJobs } from './visible-jobs.ts';

export type MatchStrategy = DuplicateDetection['strategy'];

export interface DuplicateFilter {
  readonly strategy?: MatchStrategy | undefined;
  /** Whole percent. */
  readonly confidenceMin?: number | undefined;
  /** `YYYY-MM-DD`, inclusive, UTC. */
  readonly dateFrom?: string | undefined;
}

export interface StrategyFigures extends Judgement {
  readonly strategy: string;
  /** Rows that were found to be another's duplicate; repetitions of the own identity are none. */
  readonly matches: number;
  /** 0 to 100; null without matches. */
  readonly averageConfidence: number | null;
}

export interface DuplicateAnalysis {
  readonly strategies: readonly StrategyFigures[];
  /** Matches by tens of percent: how many of 0 to below 10, …, of 90 to 100. */
  readonly byDecade: readonly number[];
  readonly judgement: Judgement;
}

const STRATEGIES: readonly MatchStrategy[] = ['exact', 'fuzzy'];

/** What the jobs the actor may see found to be duplicates, and what reviewers said of it. */
export async function duplicateAnalysis(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  filter: DuplicateFilter,
): Promise<DuplicateAnalysis> {
  const counts = await matchCounts(orm.em.fork(), { ...visibleJobs(actor), ...filter });
  const claims = counts.filter(isClaim);
  const shown = filter.strategy === undefined ? STRATEGIES : [filter.strategy];
  return {
    strategies: shown.map((strategy) =>
      figuresOf(
        strategy,
        claims.filter((count) => count.strategy === strategy),
      ),
    ),
    byDecade: Array.from({ length: 10 }, (_, decade) => recordsOf(claims.filter((count) => count.decade === decade))),
    judgement: judge(counts),
  };
}

function figuresOf(strategy: MatchStrategy, claims: readonly MatchCount[]): StrategyFigures {
  const matches = recordsOf(claims);
  const confidence = claims.reduce((sum, count) => sum + count.confidenceSum, 0);
  return { strategy, matches, averageConfidence: matches > 0 ? confidence / matches : null, ...judge(claims) };
}

function recordsOf(counts: readonly MatchCount[]): number {
  return counts.reduce((sum, { records }) => sum + records, 0);
}

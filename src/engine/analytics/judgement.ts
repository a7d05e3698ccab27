import { share } from '../../domain/share.ts';
import type { MatchCount, MatchState } from '../../store/queries/figures/match-figures.ts';

/** How good matches were, as far as reviewers have said. Percent of the records they judged; null where they have not. */
export interface Judgement {
  /** Claims that reviewers agreed with, and those they did not. */
  readonly truePositives: number | null;
  readonly falsePositives: number | null;
  /** Duplicates that only reviewers saw; null while they looked at claims alone, where none can be found. */
  readonly falseNegatives: number | null;
  /** Of the claims that reviewers judged, those they did not agree with. */
  readonly falsePositiveRate: number | null;
  /** Claims that reviewers judged, and those that wait for it. */
  readonly reviewed: number;
  readonly pending: number;
}

/** Sums up what reviewers said; see `MATCH_STATES`. */
export function judge(counts: readonly MatchCount[]): Judgement {
  const claims = counts.filter(isClaim);
  const others = counts.filter((count) => !isClaim(count));
  const right = recordsIn(claims, 'duplicate');
  const wrong = recordsIn(claims, 'distinct');
  const missed = recordsIn(others, 'missed');
  const judged = right + wrong + missed;
  return {
    truePositives: share(right, judged),
    falsePositives: share(wrong, judged),
    falseNegatives: missed + recordsIn(others, 'distinct') > 0 ? share(missed, judged) : null,
    falsePositiveRate: share(wrong, right + wrong),
    reviewed: right + wrong,
    pending: recordsIn(claims, 'pending'),
  };
}

/** Whether the import said of these records that they are duplicates. */
export function isClaim({ strategy }: MatchCount): boolean {
  return strategy !== '';
}

function recordsIn(counts: readonly MatchCount[], state: MatchState): number {
  return counts.reduce((sum, count) => sum + (count.state === state ? count.records : 0), 0);
}

/**
 * How the evidence of two rows' fields is used. `weighted_fields`: all of it counts by what it tells. `primary_first`: two
 * rows are only the same thing when a primary field agrees wholly besides.
 */
export const MATCHING_STRATEGIES = ['weighted_fields', 'primary_first'] as const;

export function isMatchingStrategy(name: string): boolean {
  return MATCHING_STRATEGIES.some((known) => known === name);
}

/** Below the confidence threshold by so much, in percent, a match waits for a person; below that it is none. */
export const REVIEW_BAND = 25;

/** Whether a person has to say, or has said, if a row is what it was taken for. */
export type ReviewStatus = 'pending' | 'approved' | 'rejected';

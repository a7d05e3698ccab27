/** What a reviewer said of a record that waited for a person. */
export const REVIEW_STATUSES = ['pending', 'approved', 'rejected'] as const;
export type ReviewStatus = (typeof REVIEW_STATUSES)[number];

/** What an approval lets become of rows that were left out; at least one of the two. */
export interface Approval {
  /** A row that belongs to no record, or is not to be merged into the one it resembles, becomes a record of its own. */
  readonly create: boolean;
  /** A row is merged into the record it was found to duplicate, or that it is known as. */
  readonly update: boolean;
}

import type { ImportMode, JobKind } from '../../domain/job.ts';

/** What somebody asks of a new job, in our own words; what is left out takes its default. */
export interface CreateJobInput {
  readonly profileId: string;
  readonly kind?: Extract<JobKind, 'import' | 'validate' | 'plan'>;
  readonly options?: {
    readonly batchSize?: number | undefined;
    readonly timeoutSeconds?: number | null | undefined;
    readonly selectedTypes?: readonly string[] | null | undefined;
    readonly filters?:
      | {
          readonly dateFrom?: string | null | undefined;
          readonly dateTo?: string | null | undefined;
          readonly limit?: number | null | undefined;
        }
      | undefined;
  };
  readonly mode?: {
    readonly importMode?: ImportMode | undefined;
    readonly duplicateDetection?:
      | {
          readonly enabled?: boolean | undefined;
          readonly strategy?: 'exact' | 'fuzzy' | undefined;
          readonly primaryFields?: readonly string[] | undefined;
          readonly secondaryFields?: readonly string[] | undefined;
          readonly confidenceThreshold?: number | undefined;
        }
      | undefined;
    readonly skipDuplicates?: boolean | undefined;
    readonly updateDuplicates?: boolean | undefined;
    readonly sourceIdentifierField?: string | null | undefined;
    readonly matchingStrategy?: string | null | undefined;
  };
}

import type { SinceLastRun, SourceCursor } from './schedule.ts';

export const JOB_KINDS = ['validate', 'import', 'plan', 'retry', 'rollback', 'export'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/**
 * `pending` is in the database but not yet known to be running in Temporal; `running` and `paused` have a living
 * workflow; the other three are final.
 */
export const JOB_STATUSES = ['pending', 'running', 'paused', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const IMPORT_MODES = ['create', 'update', 'upsert'] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];

/** The statuses in which a job has ended for good. */
export const FINAL_STATUSES: readonly JobStatus[] = ['completed', 'failed', 'cancelled'];

/** Whether a job in this status has ended for good. */
export function isFinal(status: JobStatus): boolean {
  return FINAL_STATUSES.includes(status);
}

/** The statuses from which a job may still be cancelled. */
export const CANCELLABLE: readonly JobStatus[] = ['pending', 'running', 'paused'];

/** How rows are chosen, matched and written; stored with the job and never changed afterwards. */
export interface JobOptions {
  /** Rows committed in one transaction, 1 to 100,000. */
  readonly batchSize: number;
  /** Seconds of running (pauses not counted) after which the job fails; null means no limit. */
  readonly timeoutSeconds: number | null;
  /** Target types to import; null means all that the profile has queries for. */
  readonly selectedTypes: readonly string[] | null;
  readonly filters: ImportFilters;
  /** Only what is new since the last run of the job's schedule is read; absent or null reads everything. */
  readonly incremental?: IncrementalReading | null;
  /** The rows came with a request, and nobody can read them again. */
  readonly source?: 'api';
  /** The number of the plan whose rows are brought in, instead of the source's; absent or null reads the source. */
  readonly plan?: number | null;
}

export interface IncrementalReading {
  readonly sinceLastRun: SinceLastRun;
  /** How far the runs before have read, by target type, as it was when the job was made. */
  readonly reached: Readonly<Record<string, SourceCursor>>;
}

export interface ImportFilters {
  /** `YYYY-MM-DD`, inclusive. */
  readonly dateFrom: string | null;
  /** `YYYY-MM-DD`; the whole day belongs to it. */
  readonly dateTo: string | null;
  /** Rows a type at the most. */
  readonly limit: number | null;
}

export interface ModeConfig {
  readonly importMode: ImportMode;
  readonly duplicateDetection: DuplicateDetection;
  readonly skipDuplicates: boolean;
  readonly updateDuplicates: boolean;
  /** The target field that identifies a source row; null means `external_id`. */
  readonly sourceIdentifierField: string | null;
  readonly matchingStrategy: string | null;
  /** What is demanded of a row whose record is there already; absent: nothing that the rest does not say. */
  readonly existing?: ExistingRecords;
}

/** Such a row fails, told by the fields of its key; or it changes its record only if it has more in a field than that. */
export type ExistingRecords =
  | { readonly rule: 'fail'; readonly key: readonly string[] }
  | { readonly rule: 'if_newer'; readonly newerBy: string; readonly byNumber: boolean };

export interface DuplicateDetection {
  readonly enabled: boolean;
  readonly strategy: 'exact' | 'fuzzy';
  readonly primaryFields: readonly string[];
  readonly secondaryFields: readonly string[];
  /** 0 to 100. */
  readonly confidenceThreshold: number;
}

/** Rows a transaction holds when nobody says otherwise: large enough to amortise a commit, small enough to stop fast. */
export const DEFAULT_BATCH_SIZE = 10_000;
export const MAX_BATCH_SIZE = 100_000;

export const DEFAULT_MODE: ModeConfig = {
  importMode: 'upsert',
  duplicateDetection: {
    enabled: false,
    strategy: 'exact',
    primaryFields: [],
    secondaryFields: [],
    confidenceThreshold: 85,
  },
  skipDuplicates: false,
  updateDuplicates: true,
  sourceIdentifierField: null,
  matchingStrategy: null,
};

import type { PoolClient } from 'pg';
import type { ImporterField } from '../../domain/importer.ts';
import type { ModeConfig } from '../../domain/job.ts';
import type { PlannedOutcome } from '../../domain/plan.ts';
import type { Approval } from '../../domain/review.ts';
import type { TargetSpec } from '../../domain/target.ts';
import type { KeptIndex, WrittenRecord } from '../match/record-keys.ts';
import type { Draft } from '../../rows/candidate.ts';
import type { ResultsInHand } from '../match/results-in-hand.ts';
import type { RecordStates } from '../plans/record-states.ts';

/** What was planned for the rows of a chunk, by their numbers. */
export interface PlannedRows {
  readonly outcomes: ReadonlyMap<number, PlannedOutcome>;
  /** Rows that refer to records which are gone. */
  readonly lost: ReadonlySet<number>;
}

/** What all chunks of one target of a job have in common. */
export interface ChunkContext {
  readonly client: PoolClient;
  readonly tenantId: string;
  /** The profile or importer the rows come from: identifiers mean something within it. */
  readonly sourceId: string;
  readonly jobId: string;
  readonly jobNumber: number;
  readonly targetOrdinal: number;
  readonly spec: TargetSpec;
  /** Names of the fields the job writes; the others of a record are left as they are. */
  readonly writtenFields: readonly string[];
  readonly mode: ModeConfig;
  /** The field that identifies a row within its source. */
  readonly identifierField: string;
  /** Of a file's rows: the importer's fields, in whose words they are told of what is wrong. */
  readonly importerFields?: readonly ImporterField[];
  /** Where each referred target type lies. */
  readonly referred: ReadonlyMap<string, TargetSpec>;
  /** Types whose rows the job itself knows by their key in the source: what refers to them names that. */
  readonly keyedBySource: readonly string[];
  /** Nothing is kept but issues and counters: what would happen is found out in a mirror, or rolled back. */
  readonly dryRun: boolean;
  /** Which attempt at these rows the job is, where it is not the first. */
  readonly attempt?: number;
  /** Nothing is changed: what would become of each row is kept, to be applied. */
  readonly plans?: boolean;
  /** The target that `spec` is the mirror of, and the mirrors of referred ones that the job makes too. */
  readonly mirrored?: { readonly spec: TargetSpec; readonly referred: ReadonlyMap<string, TargetSpec> };
  /** Of a plan or of one that is applied: what the chunk's records held. */
  readonly states?: RecordStates;
  /** Of a plan that is applied: what was planned for the chunk's rows. */
  readonly planned?: PlannedRows;
  /** A match pass has found out which rows are alike. */
  readonly byLikeness?: boolean;
  /** What that found, where it is in hand: it is written down, too. */
  readonly results?: ResultsInHand;
  /** The index whose keys follow what the job writes: that of its match pass. */
  readonly keptIndex?: KeptIndex | null;
  /** Takes down what the chunk makes of records, where keys have to follow; see `keepKeysOf`. */
  readonly written?: WrittenRecord[];
  /** The job brings in what a reviewer let in, as he decided; see `approveRows`. */
  readonly approval?: Approval & { readonly reviewerId: string | null };
}

/** Rows to commit together with the checkpoint they reach. */
export interface Chunk {
  readonly drafts: readonly Draft[];
  /** The source position after the last of them, as it is stored. */
  readonly position: { readonly key: readonly string[]; readonly ordinal: number } | null;
  /** The numbers of rows that have theirs from an earlier attempt; others follow those of the partition. */
  readonly rowNumbers?: readonly number[];
  /** Of a plan that is applied: what was planned for each row, whose references are ids of records by now. */
  readonly planned?: readonly PlannedOutcome[];
  /** The partition has no rows after these. */
  readonly last: boolean;
}

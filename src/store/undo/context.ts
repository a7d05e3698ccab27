import type { PoolClient } from 'pg';
import type { RollbackOptions } from '../../domain/rollback.ts';
import type { TargetSpec } from '../../domain/target.ts';
import type { TableFacts } from './catalog.ts';
import type { Shape } from './entry.ts';

/** What all chunks of one target of a rollback have in common. */
export interface UndoTask {
  readonly client: PoolClient;
  readonly tenantId: string;
  /** The profile or importer the rows came from; null when it was deleted. */
  readonly sourceId: string | null;
  /** The rollback's own number. */
  readonly jobNumber: number;
  /** The number of the job whose rows are undone. */
  readonly undoneNumber: number;
  /** The number of the import at the bottom: the job that is undone or, for a redo, the one that job undid. */
  readonly importNumber: number;
  readonly targetOrdinal: number;
  readonly spec: TargetSpec;
  /** Names of the fields the import wrote. */
  readonly writtenFields: readonly string[];
  /** The field that identifies a row within its source. */
  readonly identifierField: string | null;
  readonly options: RollbackOptions;
  /** The job that is undone is a rollback itself: what it removed comes back. */
  readonly redo: boolean;
  /** Every target of the job. */
  readonly targets: readonly TargetSpec[];
}

/** What a chunk knows besides: its table as it stays until the chunk is committed. */
export interface UndoContext extends UndoTask {
  readonly facts: TableFacts;
  /** Of a redo all by which the rollback that is undone kept records; else the one by which this chunk keeps them. */
  readonly shapes: readonly Shape[];
}

/** Staged records by their numbers, both inclusive. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** Rows to undo together: those numbered above `after` up to `upTo`, at the most `limit` of them. */
export interface UndoRange {
  readonly after: number;
  readonly upTo: number;
  readonly limit: number;
  /** It is to be expected that not all records are as they were made: they are looked at one by one from the beginning. */
  readonly careful?: boolean;
}

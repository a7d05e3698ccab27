import { defineEntity, p } from '@mikro-orm/postgresql';

/** How far a source has been read: the last key taken, and how many rows of that key. */
export interface StoredPosition {
  readonly key: readonly string[];
  readonly ordinal: number;
}

const ImportPartitionSchema = defineEntity({
  name: 'ImportPartition',
  tableName: 'import_partitions',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    jobId: p.uuid(),
    targetOrdinal: p.smallint(),
    ordinal: p.integer(),
    /** The range of source keys: after (exclusive) … upTo (inclusive); null is open. */
    rangeAfter: p.json<readonly string[]>().nullable(),
    rangeUpTo: p.json<readonly string[]>().nullable(),
    plannedRows: p.bigint('number'),
    /** The row number before this partition's first row. */
    rowBase: p.bigint('number'),
    position: p.json<StoredPosition>().nullable(),
    rowsDone: p.bigint('number'),
    created: p.bigint('number'),
    updated: p.bigint('number'),
    skipped: p.bigint('number'),
    failed: p.bigint('number'),
    duplicates: p.bigint('number'),
    /** Kept in a target's first partition: rows of any partition beyond the planned ones, numbered after all planned. */
    extraRows: p.bigint('number'),
    /** Raised by each attempt that takes the partition over; a commit with an older one is refused. */
    fence: p.integer(),
    finished: p.boolean(),
    /** Its rows are those on the list of a retry, not a range of the source. */
    listed: p.boolean().default(false),
    /** For what an earlier attempt left unread: the partition that was planned first. */
    originId: p.bigint('number').nullable(),
    progressedAt: p.datetime(),
    /** Since when its source has been away, and when it was last found so: see `missSource`. */
    sourceLostAt: p.datetime().nullable(),
    sourceMissedAt: p.datetime().nullable(),
  },
});

/** A range of a source that one activity reads, with its checkpoint and counters. */
export class ImportPartition extends ImportPartitionSchema.class {}
ImportPartitionSchema.setClass(ImportPartition);

/** What a rollback made of a row of the job it undoes. */
export const UNDO_OUTCOMES = ['reversed', 'kept_edited', 'kept_referenced', 'kept_superseded', 'failed'] as const;
export type UndoOutcome = (typeof UNDO_OUTCOMES)[number];

/** Rows of the ledger that have something to undo. */
export const UNDOABLE_ACTIONS = ['created', 'updated'] as const;
export type UndoableAction = (typeof UNDOABLE_ACTIONS)[number];

/** How a job is undone; stored with the rollback job and never changed afterwards. */
export interface RollbackOptions {
  /**
   * Which rows are undone. `created` includes what later rows of the job added to the records it created; `updated`
   * alone takes those records back to what they were when they were created.
   */
  readonly targetActions: readonly UndoableAction[];
  /** Records that others refer to are kept; otherwise what refers to them is cleared where it may be empty. */
  readonly preserveRelationships: boolean;
  /** Only finds out what would happen. */
  readonly dryRun: boolean;
  /** Only rows on the rollback's list (`import_retry_rows`) are undone, and count as deleted from then on. */
  readonly chosen?: boolean;
  /** Each of its rows gets an entry in the audit log. */
  readonly auditRows?: boolean;
}

/** Rows by what the rollback made of them. */
export type UndoCounts = Readonly<Record<UndoOutcome, number>>;

export const NO_UNDOS: UndoCounts = {
  reversed: 0,
  kept_edited: 0,
  kept_referenced: 0,
  kept_superseded: 0,
  failed: 0,
};

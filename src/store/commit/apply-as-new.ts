import { NO_ROWS } from '../../domain/counters.ts';
import type { Counters } from '../../domain/counters.ts';
import type { RowIssue } from '../../domain/record.ts';
import { isSourceIdentifier } from '../../domain/target.ts';
import { isImported, isRejected } from '../../rows/candidate.ts';
import type { FinalDraft } from '../../rows/candidate.ts';
import { isDirectory } from '../../rows/directory-draft.ts';
import type { ChunkContext } from './chunk.ts';
import { isDataError, isIdentityTaken } from './database-error.ts';
import { writeSettledRecords } from './ledger.ts';
import { newRecordIds, recordIds } from './record-id.ts';
import { insertRows } from './write-target.ts';

/** What came of a try to bring rows in as new ones; `refused`: nothing was written. */
export type AsNew =
  | { readonly refused: false; readonly counters: Counters }
  | {
      readonly refused: true;
      /** Some are known already. */
      readonly known: boolean;
    };

/** Whether a row that nobody has seen before can become nothing but a record of its own, by which it is found again. */
export function makesRecordsAlone({ spec, mode, identifierField }: ChunkContext): boolean {
  return isSourceIdentifier(spec, identifierField) && mode.importMode !== 'update';
}

/**
 * Brings in rows of a chunk that are expected to be new, and writes their ledger records: what `applyRows` would come to,
 * without deciding on each row. Where rows repeat each other, or the database has anything against one, nothing is
 * written.
 */
export async function applyAsNew(
  context: ChunkContext,
  rows: readonly FinalDraft[],
  numberOf: (index: number) => number,
): Promise<AsNew> {
  const { client, spec } = context;
  const identifiers = new Set<string>();
  for (const row of rows) {
    if (row.identifier !== null && identifiers.size === identifiers.add(row.identifier).size) return REPEATED;
    if (row.issues.length > 0 && isImported(row)) return REPEATED;
  }
  const isMade = (row: { readonly issues: readonly RowIssue[] }): boolean =>
    row.issues.length === 0 || !isRejected(row);
  const ids = isDirectory(spec) ? recordIds(rows.map(({ identifier }) => identifier)) : newRecordIds(rows.length);
  await client.query('savepoint "as_new"');
  try {
    if (isDirectory(spec)) await insertInOrder(context, rows, isMade);
    else await insertRows(context, rows, ids, isMade);
    await client.query('release savepoint "as_new"');
  } catch (error) {
    const known = isIdentityTaken(error, spec);
    if (!known && !isDataError(error, spec)) throw error;
    await client.query('rollback to savepoint "as_new"');
    return { refused: true, known };
  }
  await writeSettledRecords(context, rows, { ids, numberOf, actionOf: (row) => (isMade(row) ? 'created' : 'failed') });
  const created = rows.reduce((made, row) => made + (isMade(row) ? 1 : 0), 0);
  return { refused: false, counters: { ...NO_ROWS, created, failed: rows.length - created } };
}

/** Two that bring in the same records in two orders would wait for each other. */
async function insertInOrder(
  context: ChunkContext,
  rows: readonly FinalDraft[],
  isMade: (row: FinalDraft) => boolean,
): Promise<void> {
  const sorted = rows.toSorted((a, b) => ((a.identifier ?? '') < (b.identifier ?? '') ? -1 : 1));
  await insertRows(context, sorted, recordIds(sorted.map(({ identifier }) => identifier)), isMade);
}

const REPEATED: AsNew = { refused: true, known: false };

import type { RecordAction } from '../../domain/record.ts';
import { ByteWriter } from '../../rows/byte-writer.ts';
import type { Candidate, FinalDraft } from '../../rows/candidate.ts';
import type { Outcome } from '../../rows/decide.ts';
import type { Contents } from '../../rows/row-contents.ts';
import type { ChunkContext } from './chunk.ts';
import { copyInto } from './copy.ts';
import type { CopyTarget } from './copy.ts';
import { writeJsonb, writeUuid } from './binary-values.ts';
import { ID_BYTES } from './record-id.ts';

const RECORDS = {
  columns: `("job_number", "target_ordinal", "row_number", "source_identifier", "source_hash", "target_id",
    "action", "duplicate_of", "matched", "before_image", "after_hash")`,
  count: 11,
};
/** Hardly any record says of which attempt it is, or waits for a person: for the others nothing of that is sent. */
function recordsInto(table: string, attempt: number, reviewed: boolean): CopyTarget {
  const more = [...(attempt === 1 ? [] : ['"attempt"']), ...(reviewed ? ['"review_status"'] : [])];
  const columns = RECORDS.columns.replace(/\)$/u, `${more.map((column) => `, ${column}`).join('')})`);
  return { into: `${table} ${columns}`, columns: RECORDS.count + more.length };
}
const ISSUES = {
  into: `"import_issues" ("job_number", "target_ordinal", "row_number", "ordinal", "field", "code", "message", "value",
    "fatal", "expected")`,
  columns: 10,
};

/** Writes the ledger records of a chunk, but for those the update statement has written. */
export async function writeRecords(context: ChunkContext, outcomes: readonly Outcome[]): Promise<void> {
  const { client, jobNumber, targetOrdinal, attempt = 1 } = context;
  const ours = outcomes.filter((outcome) => !outcome.recordedByUpdate);
  const reviewed = ours.some((outcome) => outcome.review !== null);
  await copyInto(client, recordsInto(ledgerOf(context), attempt, reviewed), ours, (outcome, writer) => {
    const { candidate, action, targetId, duplicateOf, matched, before, afterHash, review } = outcome;
    writePlace(writer, jobNumber, targetOrdinal, candidate.rowNumber);
    writer.text(candidate.identifier);
    writer.hex(candidate.hash);
    writeUuid(writer, targetId);
    writer.text(action);
    writeUuid(writer, duplicateOf);
    writeJsonb(writer, matched);
    writeJsonb(writer, before === null ? null : imageOf(context, before));
    writer.hex(afterHash);
    if (attempt !== 1) writer.int32(2).int16(attempt);
    if (reviewed) writer.text(review);
  });
}

/** Rows that nothing had to be decided on, with the 16 bytes of the id that each has, or would have had. */
interface SettledRows {
  readonly ids: Buffer;
  readonly numberOf: (index: number) => number;
  readonly actionOf: (row: FinalDraft) => Exclude<RecordAction, 'updated'>;
}

/** Writes the ledger records of rows that nothing had to be decided on. */
export async function writeSettledRecords(
  context: ChunkContext,
  rows: readonly FinalDraft[],
  { ids, numberOf, actionOf }: SettledRows,
): Promise<void> {
  const { client, jobNumber, targetOrdinal, attempt = 1 } = context;
  const before = new ByteWriter();
  writePlace(before, jobNumber, targetOrdinal, 0);
  const place = before.copy().subarray(0, -8);
  const endOf = (action: RecordAction): Buffer => {
    const end = new ByteWriter().text(action).null().null().null().null();
    return (attempt === 1 ? end : end.int32(2).int16(attempt)).copy();
  };
  const ends = { created: endOf('created'), skipped: endOf('skipped'), failed: endOf('failed') };
  const places = Uint32Array.from(rows, (_, at) => at);
  await copyInto(client, recordsInto(ledgerOf(context), attempt, false), places, (at, writer) => {
    const row = rows[at] as FinalDraft;
    const action = actionOf(row);
    const end = ends[action];
    writer.copied(place, 0, place.length).int64(numberOf(at)).text(row.identifier).hex(row.hash);
    // What is passed over although nothing identifies it is of another target.
    if (action === 'created' || (action === 'skipped' && row.identifier !== null)) {
      writer.bytes(ids, at * ID_BYTES, ID_BYTES);
    } else {
      writer.null();
    }
    writer.copied(end, 0, end.length);
  });
}

/** The table records are written to: what is only planned is none of the ledger. */
export function ledgerOf({ plans }: Pick<ChunkContext, 'plans'>): string {
  return plans ? '"import_plan_records"' : '"import_records"';
}

/** What a row of a job is known by: bigint, smallint, bigint. */
function writePlace(writer: ByteWriter, jobNumber: number, targetOrdinal: number, rowNumber: number): void {
  writer.int32(8).int64(jobNumber).int32(2).int16(targetOrdinal).int32(8).int64(rowNumber);
}

/** Writes the issues of a chunk's rows. */
export async function writeIssues(
  context: ChunkContext,
  candidates: readonly Pick<Candidate, 'rowNumber' | 'issues'>[],
): Promise<void> {
  const { client, jobNumber, targetOrdinal } = context;
  const issues = candidates.flatMap(({ rowNumber, issues: found }) =>
    found.map((issue, ordinal) => ({ ...issue, rowNumber, ordinal })),
  );
  await copyInto(client, ISSUES, issues, (issue, writer) => {
    const { rowNumber, ordinal, field, code, message, value, fatal, expected = null } = issue;
    writePlace(writer, jobNumber, targetOrdinal, rowNumber);
    writer.int32(2).int16(ordinal).text(field).text(code).text(message).text(value);
    writer
      .int32(1)
      .byte(fatal ? 1 : 0)
      .text(expected);
  });
}

/** A before-image, in the form the update statement makes it. */
function imageOf(context: ChunkContext, { values, hash }: Contents): Record<string, string | null> {
  const written = context.spec.fields.flatMap((field, index) =>
    context.writtenFields.includes(field.name) ? [[field.column, values[index] ?? null] as const] : [],
  );
  return Object.fromEntries([...written, ['source_hash', hash]]);
}

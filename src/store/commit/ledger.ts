import type { Candidate } from '../../rows/candidate.ts';
import type { Contents, Outcome } from '../../rows/decide.ts';
import type { ChunkContext } from './chunk.ts';
import { copyInto } from './copy.ts';

const RECORD_COLUMNS =
  '"job_number", "target_ordinal", "row_number", "source_identifier", "source_hash", "target_id", "action", ' +
  '"duplicate_of", "matched", "before_image", "after_hash"';
const ISSUE_COLUMNS =
  '"job_number", "target_ordinal", "row_number", "ordinal", "field", "code", "message", "value", "fatal"';

/** Writes the ledger records of a chunk, but for those the update statement has written. */
export async function writeRecords(context: ChunkContext, outcomes: readonly Outcome[]): Promise<void> {
  const { client, jobNumber, targetOrdinal } = context;
  const ours = outcomes.filter((outcome) => !outcome.recordedByUpdate);
  const place = `${jobNumber}\t${targetOrdinal}\t`;
  await copyInto(client, `"import_records" (${RECORD_COLUMNS})`, ours, (outcome, text) => {
    const { candidate, action, targetId, duplicateOf, matched, before, afterHash } = outcome;
    text.ascii(place).integer(candidate.rowNumber).tab().value(candidate.identifier).tab();
    text.hash(candidate.hash).tab().word(targetId).tab().word(action).tab().word(duplicateOf).tab();
    text.value(matched === null ? null : JSON.stringify(matched)).tab();
    text
      .value(before === null ? null : JSON.stringify(imageOf(context, before)))
      .tab()
      .hash(afterHash);
  });
}

/** Writes the issues of a chunk's rows. */
export async function writeIssues(context: ChunkContext, candidates: readonly Candidate[]): Promise<void> {
  const { client, jobNumber, targetOrdinal } = context;
  const issues = candidates.flatMap(({ rowNumber, issues: found }) =>
    found.map((issue, ordinal) => ({ ...issue, rowNumber, ordinal })),
  );
  const place = [String(jobNumber), String(targetOrdinal)];
  await copyInto(client, `"import_issues" (${ISSUE_COLUMNS})`, issues, (issue, text) => {
    const { rowNumber, ordinal, field, code, message, value, fatal } = issue;
    text.line([...place, String(rowNumber), String(ordinal), field, code, message, value, fatal ? 't' : 'f']);
  });
}

/** A before-image, in the form the update statement makes it. */
function imageOf(context: ChunkContext, { values, hash }: Contents): Record<string, string | null> {
  const written = context.spec.fields.flatMap((field, index) =>
    context.writtenFields.includes(field.name) ? [[field.column, values[index] ?? null] as const] : [],
  );
  return Object.fromEntries([...written, ['source_hash', hash]]);
}

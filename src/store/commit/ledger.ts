import { copyLine, copyValue } from '../../rows/copy-line.ts';
import type { Candidate } from '../../rows/candidate.ts';
import type { Outcome } from '../../rows/decide.ts';
import type { ChunkContext } from './chunk.ts';
import { copyInto } from './copy.ts';

const RECORD_COLUMNS =
  '"job_number", "target_ordinal", "row_number", "source_identifier", "source_hash", "target_id", "action", ' +
  '"duplicate_of", "matched", "before_image"';
const ISSUE_COLUMNS =
  '"job_number", "target_ordinal", "row_number", "ordinal", "field", "code", "message", "value", "fatal"';

/** Writes the ledger records of a chunk, but for those the update statement has written. */
export async function writeRecords(context: ChunkContext, outcomes: readonly Outcome[]): Promise<void> {
  const { jobNumber, targetOrdinal } = context;
  const lines: string[] = [];
  for (const { candidate, action, targetId, duplicateOf, matched, before, recordedByUpdate } of outcomes) {
    if (recordedByUpdate) continue;
    const row = `${jobNumber}\t${targetOrdinal}\t${candidate.rowNumber}\t${copyValue(candidate.identifier)}`;
    const what = `\\\\x${candidate.hash}\t${targetId ?? '\\N'}\t${action}\t${duplicateOf ?? '\\N'}`;
    const match = matched === null ? '\\N' : copyValue(JSON.stringify(matched));
    const image = before === null ? '\\N' : copyValue(JSON.stringify(imageOf(context, before)));
    lines.push(`${row}\t${what}\t${match}\t${image}`);
  }
  await copyInto(context.client, `"import_records" (${RECORD_COLUMNS})`, lines);
}

/** Writes the issues of a chunk's rows. */
export async function writeIssues(context: ChunkContext, candidates: readonly Candidate[]): Promise<void> {
  const { jobNumber, targetOrdinal } = context;
  const lines = candidates.flatMap(({ rowNumber, issues }) =>
    issues.map(({ field, code, message, value, fatal }, ordinal) =>
      copyLine([
        String(jobNumber),
        String(targetOrdinal),
        String(rowNumber),
        String(ordinal),
        field,
        code,
        message,
        value,
        fatal ? 't' : 'f',
      ]),
    ),
  );
  await copyInto(context.client, `"import_issues" (${ISSUE_COLUMNS})`, lines);
}

function imageOf(context: ChunkContext, values: readonly (string | null)[]): Record<string, string | null> {
  const image: Record<string, string | null> = {};
  context.spec.fields.forEach((field, index) => {
    if (context.writtenFields.includes(field.name)) image[field.column] = values[index] ?? null;
  });
  return image;
}

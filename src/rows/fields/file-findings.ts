import type { FileFindings } from '../../domain/import-file.ts';
import type { ImporterField } from '../../domain/importer.ts';
import { describeFormat } from './describe-format.ts';
import type { ColumnFormats } from './format-evidence.ts';
import type { HeaderMatch } from './match-header.ts';

/** Of columns that fill nothing so many are told. */
const TOLD_UNKNOWN = 500;

/**
 * What whoever sent a file is told of it.
 * @param report what its reader found; the columns are told by what they are
 */
export function findingsOf(
  report: Readonly<Record<string, unknown>>,
  { matched, unknown, missing, repeated }: HeaderMatch,
  formats: ColumnFormats,
  fields: readonly ImporterField[],
): FileFindings {
  const { columns: _, ...detected } = report;
  return {
    detected,
    matched: matched.map(({ header, field, by, score }) => {
      const format = formats[fields.findIndex(({ name }) => name === field)] ?? null;
      return { column: header, field, by, score, ...(format === null ? { format } : describeFormat(format)) };
    }),
    unknown: unknown
      .slice(0, TOLD_UNKNOWN)
      .map(({ header, suggestion }) => ({ column: header, suggestion: suggestion?.field ?? null })),
    missing: missing.map(({ field }) => field),
    repeated: repeated.map(({ header }) => header),
  };
}

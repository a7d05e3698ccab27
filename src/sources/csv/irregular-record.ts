import { CsvError, parse } from 'csv-parse/sync';
import type { CsvSyntax } from './csv-format.ts';

/**
 * The values of one record that is not as the grammar says, as csv-parse reads it when told to be lenient, or null when
 * it cannot either. Bytes come back as characters of ISO 8859-1, so that none is changed.
 */
export function readIrregular(record: Buffer, syntax: CsvSyntax): string[] | null {
  try {
    const records = parse(record, {
      delimiter: syntax.delimiter,
      quote: syntax.quote,
      escape: syntax.escape,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_quotes: true,
      relax_column_count: true,
      encoding: 'latin1',
    });
    return records.length === 1 ? (records[0] ?? null) : null;
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}

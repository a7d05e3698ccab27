import { csvValues } from '../../domain/csv-line.ts';
import type { MigrationError } from '../../domain/migration.ts';

const COLUMNS = ['row_number', 'error_type', 'field_name', 'error_message', 'received_value'];

/** The error report as a CSV file, line by line. */
export async function* errorCsv(errors: AsyncIterable<MigrationError>): AsyncGenerator<string, void, undefined> {
  yield `${csvValues(COLUMNS)}\n`;
  for await (const { rowNumber, type, field, message, value } of errors) {
    yield `${csvValues([String(rowNumber), type, field ?? '', message, value ?? ''])}\n`;
  }
}

import type { CleanRecord, CellMistake } from '../../domain/directory/batch-row.ts';
import { readBatchRow, readRecord } from '../../domain/directory/batch-row.ts';
import type { Service } from '../../domain/directory/columns.ts';
import { AppError } from '../../domain/errors.ts';
import { recordUuid } from '../../rows/directory-draft.ts';

/** Rows a batch may have. */
const MAX_BATCH = 10_000;

/** A company or contact of a batch, with its uuid. */
export interface BatchRecord {
  /** The place of its row in the batch, from 0. */
  readonly at: number;
  readonly uuid: string;
  readonly record: CleanRecord;
}

/** What a batch brings, in its order. */
export interface Batch {
  readonly rows: number;
  readonly companies: readonly BatchRecord[];
  readonly contacts: readonly BatchRecord[];
}

/** Companies or contacts as their own endpoint takes them. Throws `validation` that names what is wrong by row. */
export function batchOfRecords(service: Service, rows: readonly unknown[]): Batch {
  const mistakes: RowMistake[] = [];
  const records: BatchRecord[] = [];
  for (const [at, row] of rowsIn(rows, mistakes)) {
    const { record, mistakes: found } = readRecord(service, row);
    const uuid = recordUuid(service, record);
    mistakes.push(...inRow(at, found));
    if (uuid !== null) records.push({ at, uuid, record: { ...record, uuid } });
    else if (found.length === 0) mistakes.push({ at, message: unidentified(service, IDENTIFYING[service]) });
  }
  refuse(mistakes);
  const none: readonly BatchRecord[] = [];
  const [companies, contacts] = service === 'company' ? [records, none] : [none, records];
  return { rows: rows.length, companies, contacts };
}

/**
 * Rows of the CSV-like shape, each with a company, a contact, or both; then the contact is the company's. Throws as
 * `batchOfRecords` does.
 */
export function batchOfRows(rows: readonly unknown[]): Batch {
  const mistakes: RowMistake[] = [];
  const companies: BatchRecord[] = [];
  const contacts: BatchRecord[] = [];
  for (const [at, row] of rowsIn(rows, mistakes)) {
    const { company, contact, mistakes: found } = readBatchRow(row);
    const [companyId, contactId] = [recordUuid('company', company), recordUuid('contact', contact)];
    mistakes.push(...inRow(at, found));
    if (found.length > 0) continue;
    if (companyId !== null) companies.push({ at, uuid: companyId, record: { ...company, uuid: companyId } });
    if (contactId !== null) {
      const link = companyId === null ? {} : { company_id: companyId };
      contacts.push({ at, uuid: contactId, record: { ...contact, ...link, uuid: contactId } });
    }
    // What is given and belongs to nothing would be lost without a word.
    if (companyId === null && isGiven(company)) mistakes.push({ at, message: unidentified('company', COMPANY_KEYS) });
    if (contactId === null && (isGiven(contact) || companyId === null)) {
      mistakes.push({ at, message: unidentified('contact', CONTACT_KEYS) });
    }
  }
  refuse(mistakes);
  return { rows: rows.length, companies, contacts };
}

const IDENTIFYING: Readonly<Record<Service, string>> = {
  company: 'uuid, name or linkedin_url',
  contact: 'uuid, first_name, last_name or linkedin_url',
};
const COMPANY_KEYS = 'company_uuid, company or company_linkedin_url';
const CONTACT_KEYS = 'uuid, first_name, last_name or person_linkedin_url';

function unidentified(service: Service, keys: string): string {
  return `nothing says which ${service} it is (${keys}).`;
}

function isGiven(record: CleanRecord): boolean {
  return Object.keys(record).length > 0;
}

type GivenRow = Readonly<Record<string, unknown>>;

/** The rows of a batch and their places; what is no row is a mistake. */
function* rowsIn(given: readonly unknown[], mistakes: RowMistake[]): Generator<[number, GivenRow], void, undefined> {
  mustFit(given);
  for (const [at, row] of given.entries()) {
    if (isRow(row)) yield [at, row];
    else mistakes.push({ at, message: 'it must be an object.' });
  }
}

function isRow(given: unknown): given is GivenRow {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function mustFit(rows: readonly unknown[]): void {
  if (rows.length === 0) throw refused('ERR_EMPTY_PAYLOAD', 'The data array is empty.');
  if (rows.length <= MAX_BATCH) return;
  throw refused('ERR_BATCH_TOO_LARGE', `A batch has at most ${MAX_BATCH} rows; ${rows.length} were sent.`);
}

interface RowMistake {
  readonly at: number;
  readonly message: string;
}

function inRow(at: number, mistakes: readonly CellMistake[]): RowMistake[] {
  return mistakes.map(({ key, message }) => ({
    at,
    message: message.startsWith(`${key} `) ? message : `${key}: ${message}`,
  }));
}

/** More than these are counted, not told. */
const TOLD = 20;

function refuse(mistakes: readonly RowMistake[]): void {
  if (mistakes.length === 0) return;
  throw refusedRows(mistakes);
}

/** Rows that cannot be taken, by their numbers from 1; nothing of their batch was. */
export function refusedRows(mistakes: readonly RowMistake[]): AppError {
  const told = mistakes.slice(0, TOLD).map(({ at, message }) => `Row ${at + 1}: ${message}`);
  const rest = mistakes.length - told.length;
  return refused('ERR_INVALID_ROW', [...told, ...(rest > 0 ? [`And ${rest} more.`] : [])].join(' '));
}

function refused(name: string, message: string): AppError {
  return new AppError('validation', message, { details: { name } });
}

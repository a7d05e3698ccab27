import { cleanValue } from './clean.ts';
import type { CleanValue } from './clean.ts';
import { findColumn } from './columns.ts';
import type { DirectoryColumn, Service } from './columns.ts';

/** One column's value that cannot be taken. */
export interface CellMistake {
  /** The key it was given under. */
  readonly key: string;
  readonly message: string;
}

/** The clean values that were given, by column; what was not given is not there. */
export type CleanRecord = Readonly<Partial<Record<string, CleanValue>>>;

/** A row of the CSV-like shape, taken apart. */
export interface BatchRow {
  readonly company: CleanRecord;
  readonly contact: CleanRecord;
  readonly mistakes: readonly CellMistake[];
}

/** Keys of the CSV-like shape that are columns of the company. */
const COMPANY_KEYS: Readonly<Record<string, string>> = {
  company: 'name',
  company_linkedin_url: 'linkedin_url',
  company_uuid: 'uuid',
  company_city: 'city',
  company_state: 'state',
  company_country: 'country',
  company_address: 'address',
  company_phone: 'phone_number',
  company_website: 'website',
  employees: 'employees_count',
  industry: 'industries',
  ...same('employees_count', 'industries', 'keywords', 'technologies', 'annual_revenue', 'total_funding', 'website'),
  ...same('normalized_domain', 'company_name_for_emails', 'latest_funding', 'latest_funding_amount', 'last_raised_at'),
};

/** Keys of the CSV-like shape that are columns of the contact. */
const CONTACT_KEYS: Readonly<Record<string, string>> = {
  person_linkedin_url: 'linkedin_url',
  ...same('uuid', 'first_name', 'last_name', 'email', 'title', 'departments', 'mobile_phone', 'email_status'),
  ...same('seniority', 'city', 'state', 'country', 'linkedin_url', 'facebook_url', 'twitter_url', 'work_direct_phone'),
  ...same('home_phone', 'other_phone', 'stage'),
};

function same(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** The keys of the CSV-like shape and the columns they are of. */
export const BATCH_KEYS: readonly { service: Service; columns: ReadonlyMap<string, DirectoryColumn> }[] = [
  { service: 'company', columns: columnsByKey('company', COMPANY_KEYS) },
  { service: 'contact', columns: columnsByKey('contact', CONTACT_KEYS) },
];

function columnsByKey(service: Service, keys: Readonly<Record<string, string>>): Map<string, DirectoryColumn> {
  return new Map(
    Object.entries(keys).map(([key, name]) => {
      const column = findColumn(service, name);
      if (column === undefined) throw new Error(`a ${service} has no column ${name}`);
      return [key, column];
    }),
  );
}

/**
 * Takes a row of the CSV-like shape apart into its company and its contact, clean. An empty cell is not given: it leaves
 * what is there. Of two keys for one column the first that holds something counts. Other keys are not looked at.
 */
export function readBatchRow(row: Readonly<Record<string, unknown>>): BatchRow {
  const mistakes: CellMistake[] = [];
  const records = BATCH_KEYS.map(({ columns }) => readCells(row, columns, mistakes));
  return { company: records[0] ?? {}, contact: records[1] ?? {}, mistakes };
}

function readCells(
  row: Readonly<Record<string, unknown>>,
  columns: ReadonlyMap<string, DirectoryColumn>,
  mistakes: CellMistake[],
): CleanRecord {
  const record: Record<string, CleanValue> = {};
  for (const [key, column] of columns) {
    if (!Object.hasOwn(row, key)) continue;
    const cleaned = cleanValue(column, row[key]);
    if ('mistake' in cleaned) mistakes.push({ key, message: cleaned.mistake });
    else if (cleaned.value !== null) record[column.name] ??= cleaned.value;
  }
  return record;
}

/**
 * A company or contact as its own endpoint takes it, clean. What is given as null or as an empty text is given: it
 * empties the column. Columns that the store fills are not taken, and unknown ones are not looked at.
 */
export function readRecord(
  service: Service,
  given: Readonly<Record<string, unknown>>,
): { readonly record: CleanRecord; readonly mistakes: readonly CellMistake[] } {
  const mistakes: CellMistake[] = [];
  const record: Record<string, CleanValue> = {};
  for (const key of Object.keys(given)) {
    const column = findColumn(service, key);
    if (column === undefined || column.readOnly) continue;
    const cleaned = cleanValue(column, given[key]);
    if ('mistake' in cleaned) mistakes.push({ key, message: cleaned.mistake });
    else record[column.name] = cleaned.value;
  }
  return { record, mistakes };
}

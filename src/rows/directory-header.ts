import { BATCH_KEYS } from '../domain/directory/batch-row.ts';
import { columnsOf, findColumn } from '../domain/directory/columns.ts';
import type { DirectoryColumn, Service } from '../domain/directory/columns.ts';
import { foldName } from './fields/fold-name.ts';

/** A column of a file and the column of the directory that it fills. */
export interface FilledColumn {
  /** Its place in the file. */
  readonly at: number;
  /** As the file calls it. */
  readonly header: string;
  readonly column: DirectoryColumn;
}

/** What columns of a file are of; a service without a column that says which record it is has none. */
export type DirectoryHeader = Readonly<Record<Service, readonly FilledColumn[]>>;

/** Which columns say which record a row is of: where one of them has a value, there is a uuid. */
export const IDENTIFYING: Readonly<Record<Service, readonly string[]>> = {
  company: ['uuid', 'name', 'linkedin_url'],
  contact: ['uuid', 'first_name', 'last_name', 'linkedin_url'],
};

/** Whether a service's column is looked at where a row is read for the other one: it identifies, or may be mistaken. */
export function matters(service: Service, { name, type }: DirectoryColumn): boolean {
  return (type !== 'text' && type !== 'list') || IDENTIFYING[service].includes(name);
}

/**
 * Finds the columns of companies and contacts in a file's header, by the names of the CSV-like shape and by the columns'
 * own; case, blanks and punctuation do not matter. Where a file has columns that only contacts have, a name that both know
 * is the contact's, else all of it is of companies. Other columns are passed over.
 */
export function readDirectoryHeader(header: readonly string[]): DirectoryHeader {
  const names = header.map(foldName);
  const ofContacts = names.some((name) => ONLY_CONTACTS.has(name));
  const known = ofContacts ? MIXED : COMPANIES;
  const found: Record<Service, FilledColumn[]> = { company: [], contact: [] };
  for (const [at, name] of names.entries()) {
    for (const { service, column } of known.get(name) ?? []) {
      found[service].push({ at, header: header[at] ?? '', column });
    }
  }
  const company = identified('company', found.company);
  if (company.length > 0 || !ofContacts) return { company, contact: identified('contact', found.contact) };
  // Nothing says which companies these are, so what both have is the contact's.
  const own = names.flatMap((name, at) => {
    const column = OWN.contact.get(name);
    const taken = found.contact.some((filled) => filled.at === at);
    return column === undefined || taken ? [] : [{ at, header: header[at] ?? '', column }];
  });
  return { company, contact: identified('contact', [...found.contact, ...own]) };
}

function identified(service: Service, filled: readonly FilledColumn[]): readonly FilledColumn[] {
  return filled.some(({ column }) => IDENTIFYING[service].includes(column.name)) ? filled : [];
}

interface Meaning {
  readonly service: Service;
  readonly column: DirectoryColumn;
}

/** The columns that can be filled, by their own names. */
const OWN: Readonly<Record<Service, ReadonlyMap<string, DirectoryColumn>>> = {
  company: ownColumns('company'),
  contact: ownColumns('contact'),
};

function ownColumns(service: Service): Map<string, DirectoryColumn> {
  return new Map(
    columnsOf(service)
      .filter(({ readOnly }) => !readOnly)
      .map((column) => [foldName(column.name), column]),
  );
}

const BATCH: ReadonlyMap<string, Meaning> = new Map(
  BATCH_KEYS.flatMap(({ service, columns }) =>
    [...columns].map(([key, column]) => [foldName(key), { service, column }] as const),
  ),
);

const ONLY_CONTACTS: ReadonlySet<string> = new Set([
  ...[...OWN.contact.keys()].filter((name) => !OWN.company.has(name)),
  foldName('person_linkedin_url'),
]);

/** Of a file of companies. */
const COMPANIES: ReadonlyMap<string, readonly Meaning[]> = new Map([
  ...[...BATCH].filter(([, { service }]) => service === 'company').map(([name, meaning]) => [name, [meaning]] as const),
  ...[...OWN.company].map(([name, column]) => [name, [{ service: 'company' as const, column }]] as const),
]);

/** Of a file of contacts, and of one of both. */
const MIXED: ReadonlyMap<string, readonly Meaning[]> = new Map([
  ...[...OWN.company].map(([name, column]) => [name, [{ service: 'company' as const, column }]] as const),
  ...[...OWN.contact].map(([name, column]) => [name, [{ service: 'contact' as const, column }]] as const),
  ...[...BATCH].map(([name, meaning]) => [name, [meaning]] as const),
  // The company that a contact is of: where the row says more of it, that is of this one.
  [foldName('company_id'), companyIdMeanings()],
]);

function companyIdMeanings(): readonly Meaning[] {
  const [uuid, companyId] = [findColumn('company', 'uuid'), findColumn('contact', 'company_id')];
  if (!uuid || !companyId) throw new Error('the directory has lost a column');
  return [
    { service: 'contact', column: companyId },
    { service: 'company', column: uuid },
  ];
}

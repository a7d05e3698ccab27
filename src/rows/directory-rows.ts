import type { CleanValue } from '../domain/directory/clean.ts';
import { cleanValue } from '../domain/directory/clean.ts';
import { SERVICES } from '../domain/directory/columns.ts';
import type { Service } from '../domain/directory/columns.ts';
import { plainField } from '../domain/importer.ts';
import type { RowIssue } from '../domain/record.ts';
import type { RowBlock } from '../domain/row-block.ts';
import { ByteWriter } from './byte-writer.ts';
import { FinalDraft } from './candidate.ts';
import { draftOfRecord, recordUuid } from './directory-draft.ts';
import type { DirectorySpec } from './directory-draft.ts';
import { IDENTIFYING, matters } from './directory-header.ts';
import type { DirectoryHeader, FilledColumn } from './directory-header.ts';
import { cellIssues } from './fields/cell-issues.ts';
import type { MapFields, RowFaults } from './fields/compile-fields.ts';
import { takePacked } from './packed-memory.ts';
import { PlainDirectoryRow } from './plain-directory-row.ts';
import { shorten } from './shorten.ts';

/** What a row holds of one service. */
interface Part {
  /** Clean; of a part that is not asked for only what can be wrong in it, or says which record it is. */
  readonly record: Readonly<Record<string, CleanValue>>;
  readonly issues: readonly RowIssue[];
  /** Whether anything is given of it. */
  readonly given: boolean;
  /** Whether it says which record it is. */
  readonly identified: boolean;
}

/** A service's columns, and which of them are read. */
interface Columns {
  readonly service: Service;
  readonly all: readonly FilledColumn[];
  readonly read: readonly FilledColumn[];
}

const NO_FAULTS: RowFaults = new Map();

/**
 * Compiles how rows of a file become companies or contacts: clean, known by their uuids, a contact with the company of
 * its row. An empty cell is not given. A row with a mistake is not taken at all: it fails once, in the part that has the
 * mistake, and is passed over in the other; so is a part of which a row says nothing.
 */
export function compileDirectoryRows(
  spec: DirectorySpec,
  header: DirectoryHeader,
  issuesColumn: number | null,
): MapFields {
  const columns = SERVICES.filter((service) => header[service].length > 0).map((service): Columns => {
    const all = header[service];
    const read = service === spec.directory ? all : all.filter(({ column }) => matters(service, column));
    return { service, all, read };
  });
  const filled = columns.flatMap(({ all }) => all);
  const places = {
    fields: filled.map(({ column }) => plainField(column.name)),
    columns: filled.map(({ at }) => at),
  };
  const plain = new PlainDirectoryRow(spec, header);
  const writer = new ByteWriter();
  const readWithCare = (rows: RowBlock, row: number, faults: readonly RowIssue[]): FinalDraft => {
    const parts = columns.map((part) => ({ service: part.service, ...readPart(rows, row, part) }));
    const unread = issuesColumn === null ? null : cellIssues(rows.value(row, issuesColumn), places);
    return draftOfRow(spec, parts, [...faults, ...(unread ?? [])]);
  };
  return (rows, faults = NO_FAULTS) => {
    /** What is read with care, and of all others what they are known by. */
    const read: (FinalDraft | string | null)[] = [];
    const ends: number[] = [];
    for (let row = 0; row < rows.length; row++) {
      const hasIssues = faults.has(row) || (issuesColumn !== null && (rows.value(row, issuesColumn) ?? '') !== '');
      if (!hasIssues && plain.read(rows, row)) {
        writer.copied(plain.bytes, 0, plain.length);
        read.push(plain.identifier);
      } else {
        read.push(readWithCare(rows, row, faults.get(row) ?? []));
      }
      ends.push(writer.length);
    }
    const packed = takePacked(writer);
    return read.map((one, row) =>
      one instanceof FinalDraft
        ? one
        : new FinalDraft({ identifier: one, issues: NO_ISSUES }, packed, ends[row - 1] ?? 0, ends[row] ?? 0),
    );
  };
}

const NO_ISSUES: readonly RowIssue[] = [];

/**
 * Compiles what rows of a file are known by as companies or contacts, at the most: what is wrong with a row elsewhere does
 * not count.
 */
export function compileDirectoryIds(
  spec: DirectorySpec,
  header: DirectoryHeader,
): (rows: RowBlock) => readonly (string | null)[] {
  const identifying = header[spec.directory].filter(({ column }) => IDENTIFYING[spec.directory].includes(column.name));
  const narrow = { company: [], contact: [], [spec.directory]: identifying };
  const plain = new PlainDirectoryRow({ directory: spec.directory, fields: UUID_ALONE }, narrow);
  const columns = { service: spec.directory, all: identifying, read: identifying };
  return (rows) =>
    Array.from({ length: rows.length }, (_, row) =>
      plain.read(rows, row) ? plain.identifier : recordUuid(spec.directory, readPart(rows, row, columns).record),
    );
}

const UUID_ALONE: DirectorySpec['fields'] = [{ name: 'uuid', column: 'external_id', type: 'text', required: false }];

function readPart(rows: RowBlock, row: number, { service, all, read }: Columns): Part {
  const record: Record<string, CleanValue> = {};
  const issues: RowIssue[] = [];
  for (const { at, column } of read) {
    const text = rows.value(row, at);
    // Of two columns for one thing the first that holds something counts.
    if (text === null || text === '' || record[column.name] !== undefined) continue;
    const cleaned = cleanValue(column, text);
    if ('mistake' in cleaned) issues.push(issueOf(column.name, cleaned.mistake, text));
    else if (cleaned.value !== null) record[column.name] = cleaned.value;
  }
  const identified = IDENTIFYING[service].some((name) => record[name] !== undefined);
  const given = identified || all.some(({ at }) => (rows.value(row, at)?.trim() ?? '') !== '');
  return { record, issues, given, identified };
}

function draftOfRow(
  spec: DirectorySpec,
  parts: readonly (Part & { readonly service: Service })[],
  faults: readonly RowIssue[],
): FinalDraft {
  const nothing = !parts.some(({ given }) => given);
  const judged = parts.map((part, index) => {
    const last = index === parts.length - 1;
    const lost = !part.identified && (part.given || (nothing && last)) ? [lostIssue(part.service)] : [];
    return { ...part, wrong: [...(index === 0 ? faults : []), ...part.issues, ...lost] };
  });
  const failing = judged.find(({ wrong }) => wrong.some(({ fatal }) => fatal));
  if (failing) {
    return passedOver(spec, failing.service === spec.directory ? judged.flatMap(({ wrong }) => wrong) : []);
  }
  const own = judged.find(({ service }) => service === spec.directory);
  if (!own?.identified) return passedOver(spec, []);
  const company = judged.find(({ service }) => service === 'company');
  if (spec.directory === 'contact' && company?.identified === true) {
    const companyId = own.record['company_id'] ?? recordUuid('company', company.record);
    return draftOfRecord(spec, { ...own.record, company_id: companyId }, own.wrong);
  }
  return draftOfRecord(spec, own.record, own.wrong);
}

function lostIssue(service: Service): RowIssue {
  const message = `Nothing says which ${service} it is.`;
  return { field: null, code: 'missing_required', message, value: null, fatal: true };
}

/** A row of which nothing is taken. */
function passedOver(spec: DirectorySpec, issues: readonly RowIssue[]): FinalDraft {
  return draftOfRecord(spec, {}, issues);
}

function issueOf(field: string, mistake: string, value: string): RowIssue {
  return { field, code: 'invalid_format', message: `The field ${mistake}`, value: shorten(value), fatal: true };
}

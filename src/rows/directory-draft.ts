import { cleanValue } from '../domain/directory/clean.ts';
import type { CleanValue } from '../domain/directory/clean.ts';
import type { CleanRecord } from '../domain/directory/batch-row.ts';
import { findColumn } from '../domain/directory/columns.ts';
import type { DirectoryColumn, Service } from '../domain/directory/columns.ts';
import { listText, readListText } from '../domain/list-text.ts';
import type { RowIssue } from '../domain/record.ts';
import type { TargetSpec } from '../domain/target.ts';
import { FinalDraft } from './candidate.ts';
import type { Draft } from './candidate.ts';
import { companyUuid, contactUuid } from './directory-uuid.ts';
import { shorten } from './shorten.ts';

/** What of a target of the directory its rows depend on. */
export type DirectorySpec = Pick<TargetSpec, 'fields'> & { readonly directory: Service };

/** Whether the records of a target are companies or contacts. */
export function isDirectory<T extends Pick<TargetSpec, 'directory'>>(
  spec: T,
): spec is T & { readonly directory: Service } {
  return spec.directory !== undefined;
}

/** What a row says when it empties a field; a clean value is never an empty text, and null is not given. */
const EMPTIED = '';

/** The uuid of a company or contact: the one it was given, else that of what identifies it; null where nothing does. */
export function recordUuid(service: Service, record: CleanRecord): string | null {
  const text = (name: string): string | null => {
    const value = record[name];
    return typeof value === 'string' ? value : null;
  };
  const [uuid, linkedin_url] = [text('uuid'), text('linkedin_url')];
  return service === 'company'
    ? companyUuid({ uuid, name: text('name'), linkedin_url })
    : contactUuid({ uuid, first_name: text('first_name'), last_name: text('last_name'), linkedin_url });
}

/** A clean company or contact as a row of its target, known by its uuid. What is null in it empties a field. */
export function draftOfRecord(spec: DirectorySpec, record: CleanRecord, issues: readonly RowIssue[] = []): FinalDraft {
  const identifier = recordUuid(spec.directory, record);
  const values = spec.fields.map(({ name }) => {
    if (name === 'uuid') return identifier;
    const value = record[name];
    return value === undefined ? null : storedText(value);
  });
  return FinalDraft.of({ identifier, values, issues });
}

function storedText(value: CleanValue): string {
  if (value === null) return EMPTIED;
  return typeof value === 'object' ? listText(value) : String(value);
}

/**
 * A mapped row as the directory takes it: clean, and known by its uuid. An empty cell is not given. A value that cannot
 * be cleaned is an issue that keeps the row out.
 */
export function directoryDraft(spec: DirectorySpec, draft: Draft): FinalDraft {
  const record: Record<string, CleanValue> = {};
  const issues = [...draft.issues];
  const { values } = draft;
  for (const [index, { name, type }] of spec.fields.entries()) {
    const value = values[index] ?? null;
    if (value === null) continue;
    const column = columnNamed(spec.directory, name);
    const cleaned = cleanValue(column, type === 'list' ? (readListText(value) ?? value) : value);
    if ('mistake' in cleaned) issues.push(issueOf(name, cleaned.mistake, value));
    else if (cleaned.value !== null) record[name] = cleaned.value;
  }
  return draftOfRecord(spec, record, issues);
}

function issueOf(field: string, mistake: string, value: string): RowIssue {
  return { field, code: 'invalid_format', message: `The ${mistake}`, value: shorten(value), fatal: true };
}

function columnNamed(service: Service, name: string): DirectoryColumn {
  const column = findColumn(service, name);
  if (column === undefined) throw new Error(`a ${service} has no column ${name}`);
  return column;
}

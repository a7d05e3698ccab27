import { DatabaseError } from 'pg';
import {
  DriverException,
  ForeignKeyConstraintViolationException,
  UniqueConstraintViolationException,
} from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { cleanValue } from '../../domain/directory/clean.ts';
import { findColumn } from '../../domain/directory/columns.ts';
import { AppError, invalid, notFound } from '../../domain/errors.ts';
import { listText } from '../../domain/list-text.ts';
import { isOwn, shownFields } from '../../domain/target.ts';
import type { TargetField, TargetSpec } from '../../domain/target.ts';
import { isDataError, issueOfDatabaseError } from '../../store/commit/database-error.ts';
import { keepRecordFindable } from '../../store/match/kept-indexes.ts';
import { settle } from '../../store/own/settle-values.ts';
import { changedTable } from '../../store/own/hold-table.ts';
import { runWith } from '../../store/queries/targets/own-target-records.ts';
import { recordSubject } from '../../store/queries/ledger/record-history.ts';
import {
  deleteTargetRecord,
  findTargetRecord,
  pageOfRecords,
  updateTargetRecord,
} from '../../store/queries/targets/target-records.ts';
import type { StoredRecord } from '../../store/queries/targets/stored-record.ts';
import { audit } from '../audit/audit.ts';
import { findTarget } from './tenant-targets.ts';
import { givenValue } from './field-value.ts';

interface Change {
  readonly field: TargetField;
  readonly value: string | null;
}

/**
 * A person overwrites fields of a record, in the caller's transaction; names that are no fields are ignored. Throws
 * `validation` naming every wrong value, `not_found`, and `conflict` where another record has the identifier.
 */
export async function editRecord(
  em: EntityManager,
  actor: Actor,
  spec: TargetSpec,
  id: string,
  given: ReadonlyMap<string, unknown>,
): Promise<void> {
  const stored = await lockedRecord(em, actor, spec, id);
  const changes = await acceptedChanges(em, actor, spec, stored, given);
  const { before, after } = difference(spec, stored, changes);
  if (Object.keys(after).length === 0) return;
  try {
    await updateTargetRecord(em, actor.tenantId, spec, id, changes);
  } catch (error) {
    if (error instanceof ForeignKeyConstraintViolationException && !isOwn(spec)) throw referredTo(error);
    if (!(error instanceof UniqueConstraintViolationException)) throw refusalOf(error, spec);
    throw new AppError('conflict', 'Another record has the same identifier.', { cause: error });
  }
  const written = await findTargetRecord(em, actor.tenantId, spec, id);
  await keepRecordFindable(runWith(em), actor.tenantId, spec, id);
  const columns = Object.keys(before);
  const now = Object.fromEntries(columns.map((column) => [column, valueOf(spec, written ?? stored, column)]));
  await audit(em, actor, 'record.edited', { type: recordSubject(spec.type), id }, { before, after: now });
}

/** A person removes a record, in the caller's transaction. Throws `not_found`, or `conflict` when others refer to it. */
export async function removeRecord(em: EntityManager, actor: Actor, spec: TargetSpec, id: string): Promise<void> {
  const stored = await lockedRecord(em, actor, spec, id);
  try {
    await deleteTargetRecord(em, actor.tenantId, spec, id);
  } catch (error) {
    if (!(error instanceof ForeignKeyConstraintViolationException)) throw refusalOf(error, spec);
    throw referredTo(error);
  }
  await keepRecordFindable(runWith(em), actor.tenantId, spec, id);
  const before = Object.fromEntries(spec.fields.map(({ column }) => [column, valueOf(spec, stored, column)]));
  await audit(em, actor, 'record.deleted', { type: recordSubject(spec.type), id }, { before });
}

function referredTo(cause: unknown): AppError {
  return new AppError('conflict', 'Other records refer to this one.', { cause });
}

/** What a table of somebody else's says against a change, as a mistake of it. */
function refusalOf(error: unknown, spec: TargetSpec): unknown {
  if (!isOwn(spec) || !(error instanceof DriverException)) return error;
  const cause = Object.assign(new DatabaseError(error.message, 0, 'error'), error);
  if (!isDataError(cause, spec)) return changedTable(cause, spec);
  const { field, message } = issueOfDatabaseError(cause, spec);
  // The driver adds the detail, which shows the whole row.
  return invalid({ [field ?? 'record']: [message.split('\n', 1).join()] });
}

async function lockedRecord(em: EntityManager, actor: Actor, spec: TargetSpec, id: string): Promise<StoredRecord> {
  const stored = await findTargetRecord(em, actor.tenantId, spec, id, true);
  if (!stored) throw notFound('Record');
  return stored;
}

async function acceptedChanges(
  em: EntityManager,
  actor: Actor,
  spec: TargetSpec,
  stored: StoredRecord,
  given: ReadonlyMap<string, unknown>,
): Promise<Change[]> {
  const mistakes: Record<string, string[]> = {};
  const changes: Change[] = [];
  for (const field of shownFields(spec)) {
    if (!given.has(field.name)) continue;
    const value = givenOf(spec, stored, field, given.get(field.name));
    if ('mistake' in value) mistakes[field.name] = [value.mistake];
    else if (field.required && isEmpty(value.text)) mistakes[field.name] = [`The ${field.name} field is required.`];
    else changes.push({ field, value: value.text });
  }
  for (const { field, value } of changes) {
    const settled = value === null ? undefined : (await settle(runWith(em), field, [value])).get(value);
    if (settled && 'issue' in settled) mistakes[field.name] = [settled.issue.message];
    const referred =
      field.references === undefined ? undefined : await findTarget(em, actor.tenantId, field.references);
    if (!referred || value === null || isOwn(referred)) continue;
    const exists = await findReferred(em, actor.tenantId, field, referred, value);
    if (!exists) mistakes[field.name] = [`The ${field.name} field refers to a record that does not exist.`];
  }
  const valueAfter = (name: string): string | null => {
    const change = changes.find((candidate) => candidate.field.name === name);
    if (change) return change.value;
    return stored.values[spec.fields.findIndex((field) => field.name === name)] ?? null;
  };
  if (changes.length > 0 && spec.anyOf.length > 0 && spec.anyOf.every((name) => isEmpty(valueAfter(name)))) {
    const first = spec.anyOf[0] ?? '';
    (mistakes[first] ??= []).push(`One of the fields ${spec.anyOf.join(', ')} is required.`);
  }
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
  return changes;
}

/** A value as the target takes it: the directory has rules of its own, and its uuids are what its records are known by. */
function givenOf(
  spec: TargetSpec,
  { id }: StoredRecord,
  field: TargetField,
  given: unknown,
): ReturnType<typeof givenValue> {
  const column = spec.directory && findColumn(spec.directory, field.name);
  if (column === undefined) return givenValue(field, given);
  const cleaned = cleanValue(column, given);
  if ('mistake' in cleaned) return { mistake: `The ${cleaned.mistake}` };
  const { value } = cleaned;
  if (column.name === 'uuid' && value !== id) return { mistake: 'The uuid of a record cannot be changed.' };
  return { text: value === null ? null : typeof value === 'object' ? listText(value) : String(value) };
}

/** Whether there is the record that a field's value refers to: by its id or, of a field that keeps a text, by that. */
async function findReferred(
  em: EntityManager,
  tenantId: string,
  { type, knownBy = [] }: TargetField,
  referred: TargetSpec,
  value: string,
): Promise<boolean> {
  if (type !== 'text') return (await findTargetRecord(em, tenantId, referred, value)) !== null;
  const filters = referred.fields.flatMap((field) => (knownBy.includes(field.name) ? [{ field, value }] : []));
  const { total } = await pageOfRecords(em, tenantId, referred, { search: null, filters, order: [] }, ONE);
  return total > 0;
}

const ONE = { limit: 1, offset: 0 } as const;

type Image = Record<string, string | null>;

function difference(
  spec: TargetSpec,
  stored: StoredRecord,
  changes: readonly Change[],
): { before: Image; after: Image } {
  const before: Image = {};
  const after: Image = {};
  for (const { field, value } of changes) {
    const old = valueOf(spec, stored, field.column);
    if (old === value) continue;
    before[field.column] = old;
    after[field.column] = value;
  }
  return { before, after };
}

function valueOf(spec: TargetSpec, stored: StoredRecord, column: string): string | null {
  return stored.values[spec.fields.findIndex((field) => field.column === column)] ?? null;
}

function isEmpty(value: string | null): boolean {
  return value === null || value.trim() === '';
}

import type { EntityManager } from '@mikro-orm/postgresql';
import { isOwn } from '../../../domain/target.ts';
import type { TargetField, TargetSpec } from '../../../domain/target.ts';
import { COLUMN_TYPES } from '../../column-types.ts';
import { qualified, quoted } from '../../identifier.ts';
import { deleteOwnRecord, findOwnRecord, pageOfOwnRecords, updateOwnRecord } from './own-target-records.ts';
import type { RecordSelection, StoredRecord } from './stored-record.ts';

/** A record of a target as it lies in the store; `values` are PostgreSQL's texts in the order of the target's fields. */
/** What values are read as: a whole number may be larger than any that is there. */
const CASTS = { ...COLUMN_TYPES, integer: 'numeric' };

/** A page of a tenant's records of a target, and how many there are in all. */
export async function pageOfRecords(
  em: EntityManager,
  tenantId: string,
  spec: TargetSpec,
  selection: RecordSelection,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ rows: StoredRecord[]; total: number }> {
  if (isOwn(spec)) return pageOfOwnRecords(em, spec, selection, page);
  const { where, parameters } = condition(tenantId, spec, selection);
  const counted: { total: string }[] = await em.execute(
    `select count(*) as "total" from ${table(spec)} where ${where}`,
    parameters,
  );
  const order = selection.order.map(({ column, descending }) =>
    descending ? `${name(column)} desc nulls last` : `${name(column)} asc nulls last`,
  );
  const found: RecordRow[] = await em.execute(
    `select ${columnsOf(spec)} from ${table(spec)} where ${where}
     order by ${[...order, '"id" desc'].join(', ')} limit ? offset ?`,
    [...parameters, page.limit, page.offset],
  );
  return { rows: found.map((row) => storedRecord(spec, row)), total: Number(counted[0]?.total) };
}

/** One record of a tenant, or null; `lock` holds it against changes until the caller's transaction ends. */
export async function findTargetRecord(
  em: EntityManager,
  tenantId: string,
  spec: TargetSpec,
  id: string,
  lock = false,
): Promise<StoredRecord | null> {
  if (isOwn(spec)) return findOwnRecord(em, spec, id, lock);
  const [row]: RecordRow[] = await em.execute(
    `select ${columnsOf(spec)} from ${table(spec)} where "tenant_id" = ?::uuid and "id" = ?::uuid
     ${lock ? 'for update' : ''}`,
    [tenantId, id],
  );
  return row === undefined ? null : storedRecord(spec, row);
}

/** Overwrites fields of a record. Its source hash stays: a row that is unchanged at the source does not undo the edit. */
export async function updateTargetRecord(
  em: EntityManager,
  tenantId: string,
  spec: TargetSpec,
  id: string,
  changes: readonly { readonly field: TargetField; readonly value: string | null }[],
): Promise<void> {
  if (isOwn(spec)) return updateOwnRecord(em, spec, id, changes);
  const assignments = changes.map(({ field }) => `${name(field.column)} = ?::${CASTS[field.type]}`);
  await em.execute(
    `update ${table(spec)} set ${[...assignments, '"updated_at" = clock_timestamp()'].join(', ')}
     where "tenant_id" = ?::uuid and "id" = ?::uuid`,
    [...changes.map((change) => change.value), tenantId, id],
    'run',
  );
}

/** Removes a record. */
export async function deleteTargetRecord(
  em: EntityManager,
  tenantId: string,
  spec: TargetSpec,
  id: string,
): Promise<void> {
  if (isOwn(spec)) return deleteOwnRecord(em, spec, id);
  await em.execute(`delete from ${table(spec)} where "tenant_id" = ?::uuid and "id" = ?::uuid`, [tenantId, id], 'run');
}

type RecordRow = Readonly<Record<string, string | null>>;

/** Values come under the number of their field: two columns of one name collapse, and a name may be `__proto__`. */
function columnsOf(spec: TargetSpec): string {
  const values = spec.fields.map((field, index) => `${name(field.column)}::text as "${index}"`);
  const time = (column: string): string => `(extract(epoch from "${column}") * 1000)::text as "${column}"`;
  return [`"id"::text as "id"`, ...values, time('created_at'), time('updated_at')].join(', ');
}

function storedRecord(spec: TargetSpec, row: RecordRow): StoredRecord {
  return {
    id: String(row['id']),
    values: spec.fields.map((_, index) => row[String(index)] ?? null),
    createdAt: new Date(Number(row['created_at'])),
    updatedAt: new Date(Number(row['updated_at'])),
  };
}

function condition(
  tenantId: string,
  spec: TargetSpec,
  { search, filters }: RecordSelection,
): { where: string; parameters: string[] } {
  const parts = [`"tenant_id" = ?::uuid`];
  const parameters = [tenantId];
  if (search !== null) {
    const texts = spec.fields.filter((field) => field.type === 'text');
    const pattern = `%${search.replaceAll(/[\\%_]/gu, String.raw`\$&`)}%`;
    parts.push(`(${['false', ...texts.map((field) => `${name(field.column)} ilike ?`)].join(' or ')})`);
    parameters.push(...texts.map(() => pattern));
  }
  for (const { field, value } of filters) {
    const column = name(field.column);
    if (value === '') {
      parts.push(`coalesce(${column}::text, '') = ''`);
    } else {
      parts.push(field.type === 'list' ? `?::text = any(${column})` : `${column} = ?::${CASTS[field.type]}`);
      parameters.push(value);
    }
  }
  return { where: parts.join(' and '), parameters };
}

function table(spec: TargetSpec): string {
  return marked(qualified(spec.schema, spec.table));
}

function name(column: string): string {
  return marked(quoted(column));
}

/** A question mark in a name is no parameter. */
function marked(sql: string): string {
  return sql.replaceAll('?', String.raw`\?`);
}

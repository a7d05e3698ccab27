import type { EntityManager } from '@mikro-orm/postgresql';
import type { OwnSpec, TargetField } from '../../../domain/target.ts';
import { textSql } from '../../commit/field-sql.ts';
import { quoted } from '../../identifier.ts';
import { linkKeys } from '../../own/links.ts';
import type { RunSql } from '../../own/links.ts';
import { keySql, linkedSql, linkOfSql, LINKS, ownTable } from '../../own/own-sql.ts';
import type { RecordSelection, StoredRecord } from './stored-record.ts';

/*
 * The records of a target that is somebody else's table: all of its rows, whoever made them. A row gets its id when it
 * is first seen.
 */

/** Field values under their numbers (two columns of one name collapse), the row's key, and what its link knows. */
interface OwnRow {
  readonly [field: number]: string | null;
  readonly key: string[];
  readonly id: string | null;
  readonly created: string | null;
  readonly updated: string | null;
}

/** A page of the table's rows, and how many there are in all. */
export async function pageOfOwnRecords(
  em: EntityManager,
  spec: OwnSpec,
  selection: RecordSelection,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ rows: StoredRecord[]; total: number }> {
  const { where, parameters } = condition(spec, selection);
  const counted: { total: string }[] = await em.execute(
    `select count(*) as "total" from ${marked(ownTable(spec))} as "t" where ${where}`,
    parameters,
  );
  const order = selection.order.map(
    ({ column, descending }) => `${orderedBy(spec, column)} ${descending ? 'desc' : 'asc'} nulls last`,
  );
  // Newest first where keys are given out in turn; in any case an order without ties.
  const keys = spec.own.key.map(({ column }) => `"t".${quoted(column)} desc`);
  const found: OwnRow[] = await em.execute(
    `select ${marked(columnsOf(spec))} from ${marked(ownTable(spec))} as "t"
     left join ${LINKS} as "l" on ${marked(linkOfSql(spec, 'l', 't'))} where ${where}
     order by ${marked([...order, ...keys].join(', '))} limit ? offset ?`,
    [...parameters, page.limit, page.offset],
  );
  return { rows: await storedRecords(em, spec, found), total: Number(counted[0]?.total) };
}

/** One row of the table by its id, or null. */
export async function findOwnRecord(
  em: EntityManager,
  spec: OwnSpec,
  id: string,
  lock: boolean,
): Promise<StoredRecord | null> {
  const found: OwnRow[] = await em.execute(
    `${marked(`select ${columnsOf(spec)} from ${LINKS} as "l" join ${ownTable(spec)} as "t" on ${linkedSql(spec, 'l', 't')}`)}
     where "l"."id" = ?::uuid ${lock ? 'for update of "t"' : ''}`,
    [id],
  );
  return (await storedRecords(em, spec, found))[0] ?? null;
}

/** Overwrites fields of a record; a key that is changed is changed in its link too. */
export async function updateOwnRecord(
  em: EntityManager,
  spec: OwnSpec,
  id: string,
  changes: readonly { readonly field: TargetField; readonly value: string | null }[],
): Promise<void> {
  const assignments = changes.map(
    ({ field }) => `${marked(quoted(field.column))} = (?::text)::${marked(field.own?.cast ?? 'text')}`,
  );
  await em.execute(
    `with "changed" as (
       update ${marked(ownTable(spec))} as "t" set ${assignments.join(', ')}
       from ${LINKS} as "l" where "l"."id" = ?::uuid and ${marked(linkedSql(spec, 'l', 't'))}
       returning "l"."id", ${marked(keySql(spec, 'new'))} as "new_key"
     )
     update ${LINKS} as "l" set "row_key" = "new_key", "updated_at" = clock_timestamp()
     from "changed" where "l"."id" = "changed"."id"`,
    [...changes.map((change) => change.value), id],
    'run',
  );
  await checkNow(em);
}

/** What the table checks only at the end of a transaction it says now, when it can still be answered. */
async function checkNow(em: EntityManager): Promise<void> {
  await em.execute('set constraints all immediate', [], 'run');
}

/** Removes a row; its id stays known, for its history. */
export async function deleteOwnRecord(em: EntityManager, spec: OwnSpec, id: string): Promise<void> {
  await em.execute(
    `delete from ${marked(ownTable(spec))} as "t" using ${LINKS} as "l"
     where "l"."id" = ?::uuid and ${marked(linkedSql(spec, 'l', 't'))}`,
    [id],
    'run',
  );
  await checkNow(em);
}

function columnsOf(spec: OwnSpec): string {
  const values = spec.fields.map((field, index) => `${textSql(field, 't')} as "${index}"`);
  const time = (column: string): string => `(extract(epoch from "l"."${column}_at") * 1000)::text as "${column}"`;
  return [...values, `${keySql(spec, 't')} as "key"`, `"l"."id"`, time('created'), time('updated')].join(', ');
}

/** Rows as records; those that nobody has met before get their ids now. */
async function storedRecords(em: EntityManager, spec: OwnSpec, rows: readonly OwnRow[]): Promise<StoredRecord[]> {
  const strangers = rows.filter(({ id }) => id === null);
  const links = await linkKeys(
    runWith(em),
    spec,
    strangers.map(({ key }) => key),
  );
  const linked = new Map(strangers.map((row, index) => [row, links[index]] as const));
  return rows.map((row) => {
    const link = linked.get(row);
    return {
      id: row.id ?? link?.id ?? '',
      values: spec.fields.map((_, index) => row[index] ?? null),
      createdAt: new Date(link?.since ?? Number(row.created)),
      updatedAt: new Date(link?.since ?? Number(row.updated)),
    };
  });
}

/** In the transaction of an entity manager, if it has one. */
export function runWith(em: EntityManager): RunSql {
  return (sql, values) => em.execute(sql.replaceAll(/\$\d+/gu, '?'), [...values]);
}

function orderedBy(spec: OwnSpec, column: string): string {
  if (spec.fields.some((field) => field.column === column)) return `"t".${quoted(column)}`;
  return `"l".${quoted(column)}`;
}

function condition(spec: OwnSpec, { search, filters }: RecordSelection): { where: string; parameters: string[] } {
  const parts = ['true'];
  const parameters: string[] = [];
  if (search !== null) {
    const texts = spec.fields.filter((field) => field.type === 'text');
    const pattern = `%${search.replaceAll(/[\\%_]/gu, String.raw`\$&`)}%`;
    const matches = texts.map((field) => `${marked(textSql(field, 't'))} ilike ?`);
    parts.push(`(${['false', ...matches].join(' or ')})`);
    parameters.push(...texts.map(() => pattern));
  }
  for (const { field, value } of filters) {
    const column = marked(textSql(field, 't'));
    if (value === '') {
      parts.push(`coalesce(${column}, '') = ''`);
    } else {
      const type = COMPARED_AS[field.type];
      parts.push(type === null ? `${column} = ?` : `"t".${marked(quoted(field.column))} = ?::${type}`);
      parameters.push(value);
    }
  }
  return { where: parts.join(' and '), parameters };
}

/** What a value is compared as that somebody filters by; null: by its text. */
const COMPARED_AS: Readonly<Record<TargetField['type'], string | null>> = {
  text: null,
  integer: 'numeric',
  numeric: 'numeric',
  boolean: 'boolean',
  date: 'date',
  timestamptz: 'timestamptz',
  reference: null,
  uuid: null,
  list: null,
  native: null,
};

/** A question mark in a name is no parameter. */
function marked(sql: string): string {
  return sql.replaceAll('?', String.raw`\?`);
}

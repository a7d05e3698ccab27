import { HIDDEN_IDENTIFIER, isOwn, isSourceIdentifier, SOURCE_KEY } from '../../domain/target.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { isUuid } from '../../domain/uuid.ts';
import { isDirectory } from '../../rows/directory-draft.ts';
import { exactKeyOf } from '../../rows/exact-keys.ts';
import type { ExactKey } from '../../rows/exact-keys.ts';
import type { Candidate } from '../../rows/candidate.ts';
import type { KnownRecord } from '../../rows/decide.ts';
import type { Contents } from '../../rows/row-contents.ts';
import { qualified, quoted } from '../identifier.ts';
import { findOwnByIdentifier, findOwnByKeys, findOwnBySourceKey, holdOwnRecords } from '../own/find-records.ts';
import type { ChunkContext } from './chunk.ts';
import { fieldOf, normalisedSql, textSql } from './field-sql.ts';

/** The fields in which targets of ours keep what a row is known by: their column is `external_id`. */
const IN_TARGET: ReadonlySet<string> = new Set(['external_id', HIDDEN_IDENTIFIER]);

/**
 * Under what a row is remembered that is not found by its `external_id`. The same text means something else in another
 * field, so any other field is named in it.
 */
export function aliasOf(field: string, identifier: string): string {
  return IN_TARGET.has(field) ? identifier : `${field}\u001f${identifier}`;
}

/**
 * The records that rows of this source became before, by the identifier they have in a field: those they made (their
 * `external_id`) and those they are known under (their alias). Where both exist the alias, which is younger, counts.
 */
export async function findByIdentifier(
  context: Pick<ChunkContext, 'client' | 'tenantId' | 'sourceId' | 'writtenFields'>,
  spec: TargetSpec,
  field: string,
  identifiers: readonly string[],
): Promise<Map<string, KnownRecord>> {
  if (identifiers.length === 0) return new Map();
  if (isOwn(spec)) {
    const find = field === SOURCE_KEY ? findOwnBySourceKey : findOwnByIdentifier;
    return find(context, spec, (text) => aliasOf(field, text), identifiers);
  }
  if (isDirectory(spec)) return findById(context, spec, identifiers);
  const { client, tenantId, sourceId } = context;
  const table = qualified(spec.schema, spec.table);
  const known = isSourceIdentifier(spec, field);
  // Aliases are told apart by the field; where the field is the table's own it need not be named.
  const named = known && spec.tenantWide === true;
  const own = known
    ? `select ${named ? '$5::text || ' : ''}${identityColumn(spec)} as "known_as", "id", "source_hash" as "hash",
           false as "alias", false as "merged"
         from ${table} where ${identifiedSql(spec, named ? '$6' : '$3')}
         union all`
    : '';
  // A row that made its record has the record's source hash: the two only move together.
  const { rows } = await client.query<[string, string, string | null, boolean, boolean]>({
    rowMode: 'array',
    text: `
      select "known_as", "id"::text, encode("hash", 'hex'), "alias", "merged"
      from (
        ${own}
        select "a"."external_id" as "known_as", "t"."id", "a"."source_hash" as "hash", true as "alias",
          ("t"."source_id", "t"."source_hash") is distinct from ("a"."source_id", "a"."source_hash") as "merged"
        from "import_aliases" as "a" join ${table} as "t" on "t"."id" = "a"."target_id"
        where "a"."tenant_id" = $1 and "a"."source_id" = $2 and "a"."target_type" = $4
          and "a"."external_id" = any($3::text[])
      ) as "records"`,
    values: [
      tenantId,
      sourceId,
      identifiers.map((identifier) => aliasOf(field, identifier)),
      spec.type,
      ...(named ? [aliasOf(field, ''), identifiers] : []),
    ],
  });
  const found = new Map<string, KnownRecord>();
  const prefix = aliasOf(field, '').length;
  for (const [knownAs, id, hash, alias, merged] of rows) {
    const identifier = knownAs.slice(prefix);
    if (alias || !found.has(identifier)) found.set(identifier, { id, hash, merged });
  }
  return found;
}

/** The same where the identifier is the record's id, whoever made it: every row is merged into what is there. */
async function findById(
  { client, tenantId }: Pick<ChunkContext, 'client' | 'tenantId'>,
  spec: TargetSpec,
  identifiers: readonly string[],
): Promise<Map<string, KnownRecord>> {
  const { rows } = await client.query<[string]>({
    rowMode: 'array',
    text: `select "id"::text from ${qualified(spec.schema, spec.table)} where "tenant_id" = $1 and "id" = any($2::uuid[])`,
    values: [tenantId, identifiers.filter(isUuid)],
  });
  return new Map(rows.map(([id]) => [id, recordById(id)]));
}

/** The same records, held as `holdRecords` holds them, with what they hold: one look instead of two. */
export async function findAndHold(
  context: ChunkContext,
  identifiers: readonly string[],
): Promise<{ readonly byIdentifier: Map<string, KnownRecord>; readonly contents: Map<string, Contents> }> {
  const contents = await holdRecords(context, identifiers.filter(isUuid));
  return { byIdentifier: new Map([...contents.keys()].map((id) => [id, recordById(id)])), contents };
}

function recordById(id: string): KnownRecord {
  return { id, hash: null, merged: true };
}

/**
 * Which records of a target are identified by some texts: those of the tenant $1, and of the source $2 unless the target
 * knows its records whatever brings them.
 */
export function identifiedSql(spec: TargetSpec, texts: string): string {
  return `"tenant_id" = $1 and ${ofSourceSql(spec)} and ${identityColumn(spec)} = any(${texts}::text[])`;
}

function ofSourceSql(spec: TargetSpec): string {
  return spec.tenantWide === true || isDirectory(spec) ? '$2::uuid is not null' : '"source_id" = $2';
}

/** The column in which records of a target keep what their rows are known by, quoted. */
export function identityColumn(spec: TargetSpec): string {
  return quoted(spec.fields.find(({ name }) => isSourceIdentifier(spec, name))?.column ?? 'external_id');
}

/** A source and a target, and a session in which they are asked about. */
type SourceInTarget = Pick<ChunkContext, 'tenantId' | 'sourceId' | 'spec'> & {
  readonly client: Pick<ChunkContext['client'], 'query'>;
};

/** Whether the target holds anything of this source yet; when not, its first rows need not be looked for. */
export async function holdsRowsOfSource(context: SourceInTarget): Promise<boolean> {
  const { client, tenantId, sourceId, spec } = context;
  // Whoever uses the table may have put a record into it before.
  if (isOwn(spec)) return true;
  const { rows } = await client.query<{ held: boolean }>(
    `select exists (select from ${qualified(spec.schema, spec.table)} where "tenant_id" = $1 and ${ofSourceSql(spec)}) as "held"`,
    [tenantId, sourceId],
  );
  return rows[0]?.held === true || knowsRowsOfSource(context);
}

/** Whether anything of this source is known as a record that it did not make, which nothing in the target tells. */
export async function knowsRowsOfSource({ client, tenantId, sourceId, spec }: SourceInTarget): Promise<boolean> {
  const { rows } = await client.query<{ known: boolean }>(
    `select exists (select from "import_aliases" where "tenant_id" = $1 and "target_type" = $3 and "source_id" = $2)
       as "known"`,
    [tenantId, sourceId, spec.type],
  );
  return rows[0]?.known === true;
}

/** Class of the advisory locks under which duplicates are looked for; tenant and target are the key. */
const MATCHING_LOCK_CLASS = 7_002;

/**
 * Lets one transaction at a time look for duplicates among a tenant's records of a target and make new ones: two that
 * do it at once see nothing of each other, and no unique index stands behind a match as one does behind an identity.
 */
export async function lockMatching({ client, tenantId, spec }: ChunkContext): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${MATCHING_LOCK_CLASS}, hashtext($1))`, [
    `${tenantId} ${spec.type}`,
  ]);
}

/**
 * For each exact key, the oldest record of the tenant that has the same normalised values as a row, by their text.
 * Records that `except` holds as well are left out.
 */
export async function findByKeys(
  { client, tenantId, spec }: ChunkContext,
  keys: readonly ExactKey[],
  candidates: readonly Candidate[],
  except: TargetSpec | null = null,
): Promise<Map<string, string>[]> {
  if (isOwn(spec)) return findOwnByKeys(client, spec, keys, candidates);
  const unseen =
    except === null
      ? ''
      : `and not exists (select from ${qualified(except.schema, except.table)} as "e" where "e"."id" = "t"."id")`;
  const found: Map<string, string>[] = [];
  for (const key of keys) {
    const wanted = [...new Set(candidates.flatMap((row) => exactKeyOf(key, row.values) ?? []))];
    if (wanted.length === 0) {
      found.push(new Map());
      continue;
    }
    const text = key.fields.map((name) => normalisedSql(fieldOf(spec, name), 't')).join(` || chr(31) || `);
    const { rows } = await client.query<[string, string]>({
      rowMode: 'array',
      text: `
        select distinct on ("k"."text") "k"."text", "t"."id"::text
        from unnest($2::text[]) as "k" ("text")
        join ${qualified(spec.schema, spec.table)} as "t" on ${text} = "k"."text"
        where "t"."tenant_id" = $1 ${unseen}
        order by "k"."text", "t"."created_at", "t"."id"`,
      values: [tenantId, wanted],
    });
    found.push(new Map(rows));
  }
  return found;
}

/** What records hold in the fields the job writes, oldest first; nobody else changes them until the transaction ends. */
export async function holdRecords(context: ChunkContext, ids: readonly string[]): Promise<Map<string, Contents>> {
  if (ids.length === 0) return new Map();
  const { client, tenantId, spec, writtenFields } = context;
  if (isOwn(spec)) return holdOwnRecords(context, spec, ids);
  const values = spec.fields.map((field) => (writtenFields.includes(field.name) ? textSql(field, 't') : 'null'));
  const { rows } = await client.query<(string | null)[]>({
    rowMode: 'array',
    text: `
      select "t"."id"::text, encode("t"."source_hash", 'hex'), ${values.join(', ')}
      from ${qualified(spec.schema, spec.table)} as "t"
      where "t"."tenant_id" = $1 and "t"."id" = any($2::uuid[])
      order by "t"."created_at", "t"."id" for no key update`,
    values: [tenantId, ids],
  });
  return new Map(rows.map(([id, hash, ...fields]) => [String(id), { hash: hash ?? null, values: fields }]));
}

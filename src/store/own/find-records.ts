import type { PoolClient } from 'pg';
import type { OwnSpec } from '../../domain/target.ts';
import { exactKeyOf } from '../../rows/exact-keys.ts';
import type { ExactKey } from '../../rows/exact-keys.ts';
import type { Candidate } from '../../rows/candidate.ts';
import type { KnownRecord } from '../../rows/decide.ts';
import type { Contents } from '../../rows/row-contents.ts';
import type { ChunkContext } from '../commit/chunk.ts';
import { quoted } from '../identifier.ts';
import { fieldOf, hashSql, normalisedSql, textSql } from '../commit/field-sql.ts';
import { linkKeys, runOn } from './links.ts';
import { identifiedSql, keySql, linkedSql, linkOfSql, LINKS, ownTable } from './own-sql.ts';

type Source = Pick<ChunkContext, 'client' | 'tenantId' | 'sourceId'>;

interface Found {
  readonly identifier: string;
  readonly key: string[];
  readonly id: string | null;
  readonly hash: string;
}

/**
 * The records that have the identities of rows: whoever put them into the table. `hash` is that of the row as this
 * source last gave it, or, where it never did, of what the record holds: a row that would change nothing is no change.
 * Rows that were merged into a record of another identity are known by their alias.
 */
export async function findOwnByIdentifier(
  context: Source & Pick<ChunkContext, 'writtenFields'>,
  spec: OwnSpec,
  aliasOf: (identifier: string) => string,
  identifiers: readonly string[],
): Promise<Map<string, KnownRecord>> {
  const { client, tenantId, sourceId, writtenFields } = context;
  const records = new Map<string, KnownRecord>();
  if (identifiers.length === 0) return records;
  const aliases = identifiers.map(aliasOf);
  const alias = `"a"."tenant_id" = $1 and "a"."source_id" = $2 and "a"."target_type" = $3`;
  const { rows: found } = await client.query<Found>(
    `select "w"."identifier", ${keySql(spec, 't')} as "key", "l"."id",
       encode(coalesce("a"."source_hash", ${hashSql(spec, writtenFields, 't')}), 'hex') as "hash"
     from unnest($4::text[], $5::text[]) as "w" ("identifier", "alias")
     join ${ownTable(spec)} as "t" on ${identifiedSql(spec, 't', `"w"."identifier"`)}
     left join ${LINKS} as "l" on ${linkOfSql(spec, 'l', 't')}
     left join "import_aliases" as "a" on ${alias} and "a"."external_id" = "w"."alias" and "a"."target_id" = "l"."id"`,
    [tenantId, sourceId, spec.type, identifiers, aliases],
  );
  const strangers = found.filter(({ id }) => id === null);
  const links = await linkKeys(
    runOn(client),
    spec,
    strangers.map(({ key }) => key),
  );
  const linked = new Map(strangers.map((row, index) => [row, links[index]?.id ?? '']));
  for (const row of found) {
    records.set(row.identifier, { id: row.id ?? linked.get(row) ?? '', hash: row.hash, merged: false });
  }

  const others = identifiers.filter((identifier) => !records.has(identifier));
  for (const { identifier, id, hash } of await knownByAlias(context, spec, aliasOf, others)) {
    records.set(identifier, { id, hash, merged: true });
  }
  return records;
}

/**
 * The same where the table gives its rows their identity: a row is known by its key in the source alone, whether it made
 * its record or was merged into another's.
 */
export async function findOwnBySourceKey(
  context: Source,
  spec: OwnSpec,
  aliasOf: (identifier: string) => string,
  identifiers: readonly string[],
): Promise<Map<string, KnownRecord>> {
  const known = await knownByAlias(context, spec, aliasOf, identifiers);
  return new Map(known.map(({ identifier, id, hash, made }) => [identifier, { id, hash, merged: !made }]));
}

interface KnownByAlias {
  readonly identifier: string;
  readonly id: string;
  readonly hash: string | null;
  /** The row made the record. */
  readonly made: boolean;
}

async function knownByAlias(
  { client, tenantId, sourceId }: Source,
  spec: OwnSpec,
  aliasOf: (identifier: string) => string,
  identifiers: readonly string[],
): Promise<KnownByAlias[]> {
  if (identifiers.length === 0) return [];
  const { rows } = await client.query<KnownByAlias>(
    `select "w"."identifier", "l"."id", encode("a"."source_hash", 'hex') as "hash", exists (
       select from "import_records" as "r" where "r"."target_id" = "l"."id" and "r"."action" = 'created'
         and "r"."source_identifier" = "w"."identifier" offset 0) as "made"
     from unnest($4::text[], $5::text[]) as "w" ("identifier", "alias") join ${aliasedSql(spec)}`,
    [tenantId, sourceId, spec.type, identifiers, identifiers.map(aliasOf)],
  );
  return rows;
}

/** The rows of the table that aliases `"w"."alias"` of a source (`$1`, `$2`, `$3` its tenant, id and the type) lead to. */
function aliasedSql(spec: OwnSpec): string {
  return `"import_aliases" as "a" on "a"."tenant_id" = $1 and "a"."source_id" = $2 and "a"."target_type" = $3
       and "a"."external_id" = "w"."alias"
     join ${LINKS} as "l" on "l"."id" = "a"."target_id"
     join ${ownTable(spec)} as "t" on ${linkedSql(spec, 'l', 't')}`;
}

/** For each exact key, the first record by its key that has the same normalised values as a row, by their text. */
export async function findOwnByKeys(
  client: PoolClient,
  spec: OwnSpec,
  keys: readonly ExactKey[],
  candidates: readonly Candidate[],
): Promise<Map<string, string>[]> {
  const found: Map<string, string>[] = [];
  for (const key of keys) {
    const wanted = [...new Set(candidates.flatMap((row) => exactKeyOf(key, row.values) ?? []))];
    const text = key.fields.map((name) => normalisedSql(fieldOf(spec, name), 't')).join(` || chr(31) || `);
    const order = spec.own.key.map(({ column }) => `"t".${quoted(column)}`).join(', ');
    const { rows } = await client.query<{ text: string; key: string[] }>(
      `select distinct on ("k"."text") "k"."text", ${keySql(spec, 't')} as "key"
       from unnest($1::text[]) as "k" ("text") join ${ownTable(spec)} as "t" on ${text} = "k"."text"
       order by "k"."text", ${order}`,
      [wanted],
    );
    const links = await linkKeys(
      runOn(client),
      spec,
      rows.map((row) => row.key),
    );
    found.push(new Map(rows.map((row, index) => [row.text, links[index]?.id ?? ''])));
  }
  return found;
}

/** What records hold in the fields the job writes; nobody else changes them until the transaction ends. */
export async function holdOwnRecords(
  { client, writtenFields }: ChunkContext,
  spec: OwnSpec,
  ids: readonly string[],
): Promise<Map<string, Contents>> {
  const values = spec.fields.map((field) => (writtenFields.includes(field.name) ? textSql(field, 't') : 'null'));
  const { rows } = await client.query<(string | null)[]>({
    rowMode: 'array',
    text: `
      select "l"."id"::text, ${values.join(', ')}
      from ${LINKS} as "l" join ${ownTable(spec)} as "t" on ${linkedSql(spec, 'l', 't')}
      where "l"."id" = any($1::uuid[])
      order by "l"."created_at", "l"."id" for no key update of "t"`,
    values: [ids],
  });
  return new Map(rows.map(([id, ...fields]) => [String(id), { hash: null, values: fields }]));
}

/**
 * Values that lie in a column of the records that rows refer to, by their identities; where there is no record of one,
 * of that which the row of this source was merged into.
 */
export async function findReferred(
  context: Source,
  spec: OwnSpec,
  aliasOf: (identifier: string) => string,
  column: string,
  identifiers: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await context.client.query<ReferredValue>(
    `select "w"."identifier", "t".${quoted(column)}::text as "value"
     from unnest($1::text[]) as "w" ("identifier")
     join ${ownTable(spec)} as "t" on ${identifiedSql(spec, 't', `"w"."identifier"`)}`,
    [identifiers],
  );
  const referred = valuesOf(rows);
  const others = identifiers.filter((identifier) => !referred.has(identifier));
  return new Map([...(await findReferredByAlias(context, spec, aliasOf, column, others)), ...referred]);
}

/** The same, by the aliases of this source's rows alone. */
export async function findReferredByAlias(
  { client, tenantId, sourceId }: Source,
  spec: OwnSpec,
  aliasOf: (identifier: string) => string,
  column: string,
  identifiers: readonly string[],
): Promise<Map<string, string>> {
  if (identifiers.length === 0) return new Map();
  const { rows } = await client.query<ReferredValue>(
    `select "w"."identifier", "t".${quoted(column)}::text as "value"
     from unnest($4::text[], $5::text[]) as "w" ("identifier", "alias") join ${aliasedSql(spec)}`,
    [tenantId, sourceId, spec.type, identifiers, identifiers.map(aliasOf)],
  );
  return valuesOf(rows);
}

interface ReferredValue {
  readonly identifier: string;
  readonly value: string | null;
}

function valuesOf(rows: readonly ReferredValue[]): Map<string, string> {
  return new Map(rows.flatMap(({ identifier, value }) => (value === null ? [] : [[identifier, value] as const])));
}

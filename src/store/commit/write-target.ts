import type { TargetSpec } from '../../domain/target.ts';
import { copyLine, copyValue } from '../../rows/copy-line.ts';
import type { Alias, Insert, Update } from '../../rows/decide.ts';
import { qualified, quoted } from '../identifier.ts';
import type { ChunkContext } from './chunk.ts';
import { copyInto } from './copy.ts';
import { columnOf } from './probe.ts';

/** A record that was to be updated is gone, or an identifier is taken now: what was decided no longer holds. */
export class TargetMoved extends Error {}

/** Makes records by COPY straight into the target table. */
export async function insertRecords(context: ChunkContext, inserts: readonly Insert[]): Promise<void> {
  const { client, tenantId, sourceId, spec } = context;
  const columns = ['id', 'tenant_id', 'source_id', ...spec.fields.map((field) => field.column), 'source_hash'];
  const lines = inserts.map((insert) => {
    const line = insert.values === insert.owner.values ? insert.owner.line : copyLine(insert.values);
    return `${insert.id}\t${tenantId}\t${sourceId}\t${line}\t\\\\x${insert.hash}`;
  });
  await copyInto(client, `${qualified(spec.schema, spec.table)} (${columns.map(quoted).join(', ')})`, lines);
}

/**
 * Changes records and writes their ledger entries in one statement, which alone sees what it overwrites. The rows are
 * staged by COPY in a table of the session that empties itself at each commit.
 */
export async function updateRecords(context: ChunkContext, updates: readonly Update[]): Promise<void> {
  if (updates.length === 0) return;
  const { client, spec } = context;
  const stage = await prepareStage(context);
  await copyInto(
    client,
    stage,
    updates.map(({ id, first, duplicateOf, matched, merge, values, hash }) => {
      const line = values === first.values ? first.line : copyLine(values);
      const match = matched === null ? '\\N' : copyValue(JSON.stringify(matched));
      const identifier = copyValue(first.identifier);
      const about = `${id}\t${first.rowNumber}\t${identifier}\t\\\\x${first.hash}\t${duplicateOf ?? '\\N'}\t${match}`;
      return `${about}\t${merge ? 't' : 'f'}\t\\\\x${hash}\t${line}`;
    }),
  );

  const written = spec.fields.filter((field) => context.writtenFields.includes(field.name));
  const assignments = written.map(({ column }) => {
    const name = quoted(column);
    return `${name} = case when "s"."merge" then coalesce("s".${name}, "t".${name}) else "s".${name} end`;
  });
  const before = written.map(({ column }) => `${literal(column)}, "old".${quoted(column)}::text`);
  const { rowCount } = await client.query(
    `with "changed" as (
       update ${qualified(spec.schema, spec.table)} as "t"
       set ${assignments.join(', ')},
         "source_hash" = case when "s"."merge" then "t"."source_hash" else "s"."hash" end,
         "updated_at" = clock_timestamp()
       from ${stage} as "s"
       where "t"."id" = "s"."record_id" and "t"."tenant_id" = $1
       returning "s"."row_number", "s"."identifier", "s"."record_hash", "t"."id", "s"."duplicate_of", "s"."matched",
         jsonb_build_object(${[...before, `'source_hash', encode("old"."source_hash", 'hex')`].join(', ')}) as "before",
         case when "s"."merge" then ${hashSql(spec, context.writtenFields, 'new')} end as "after"
     )
     insert into "import_records" ("job_number", "target_ordinal", "row_number", "source_identifier", "source_hash",
       "target_id", "action", "duplicate_of", "matched", "before_image", "after_hash")
     select $2, $3, "row_number", "identifier", "record_hash", "id", 'updated', "duplicate_of", "matched", "before", "after"
     from "changed"`,
    [context.tenantId, context.jobNumber, context.targetOrdinal],
  );
  if (rowCount !== updates.length) throw new TargetMoved(`${updates.length - (rowCount ?? 0)} records are gone`);
}

/** Remembers under which records source rows are known that did not make them. */
export async function writeAliases(context: ChunkContext, aliases: readonly Alias[]): Promise<void> {
  if (aliases.length === 0) return;
  await context.client.query(
    `insert into "import_aliases" ("tenant_id", "target_type", "source_id", "external_id", "target_id", "source_hash")
     select $1, $2, $3, "a".* from unnest($4::text[], $5::uuid[], $6::bytea[]) as "a"
     on conflict ("tenant_id", "target_type", "source_id", "external_id")
     do update set "target_id" = excluded."target_id", "source_hash" = excluded."source_hash"`,
    [
      context.tenantId,
      context.spec.type,
      context.sourceId,
      aliases.map((alias) => alias.identifier),
      aliases.map((alias) => alias.targetId),
      aliases.map((alias) => `\\x${alias.hash}`),
    ],
  );
}

/** The row hash of a record's written fields in SQL: the same text and digest as `rowHash` of the same values. */
export function hashSql(spec: TargetSpec, writtenFields: readonly string[], alias: string): string {
  const values = spec.fields.map((field) => {
    if (!writtenFields.includes(field.name)) return `'\\N'`;
    const column = `${quoted(alias)}.${quoted(columnOf(spec, field.name))}`;
    const text =
      field.type === 'boolean' ? `case ${column} when true then 't' when false then 'f' end` : `${column}::text`;
    return `"lading_copy_value"(${text})`;
  });
  return `sha256(convert_to(concat_ws(chr(9), ${values.join(', ')}), 'UTF8'))`;
}

async function prepareStage({ client, spec }: ChunkContext): Promise<string> {
  const name = `stage_${spec.table}`.slice(0, 63);
  const columns = spec.fields.map((field) => quoted(field.column)).join(', ');
  await client.query(
    `create temporary table if not exists ${quoted(name)} on commit delete rows as
     select null::uuid as "record_id", null::bigint as "row_number", null::text as "identifier",
       null::bytea as "record_hash", null::uuid as "duplicate_of", null::jsonb as "matched", null::boolean as "merge",
       null::bytea as "hash", ${columns}
     from ${qualified(spec.schema, spec.table)} with no data`,
  );
  await client.query(`truncate "pg_temp".${quoted(name)}`);
  return `"pg_temp".${quoted(name)}`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

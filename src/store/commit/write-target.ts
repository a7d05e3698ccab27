import { createHash } from 'node:crypto';
import { isOwn } from '../../domain/target.ts';
import type { TargetSpec } from '../../domain/target.ts';
import type { Candidate, FinalDraft } from '../../rows/candidate.ts';
import { ByteWriter } from '../../rows/byte-writer.ts';
import type { Alias, Insert, Update } from '../../rows/decide.ts';
import type { Contents } from '../../rows/row-contents.ts';
import { packRow } from '../../rows/packed-row.ts';
import { qualified, quoted } from '../identifier.ts';
import { LINKS } from '../own/own-sql.ts';
import { BINARY, writeJsonb, writeUuid, writeValues } from './binary-values.ts';
import type { WriteBinary } from './binary-values.ts';
import type { ChunkContext } from './chunk.ts';
import { copyInto } from './copy.ts';
import { objectSql, textSql } from './field-sql.ts';
import { ledgerOf } from './ledger.ts';
import { aliasOf } from './probe.ts';
import { ID_BYTES } from './record-id.ts';

/** A record that was to be updated is gone, or an identifier is taken now: what was decided no longer holds. */
export class TargetMoved extends Error {}

/** Makes records by COPY straight into the target table. */
export async function insertRecords(context: ChunkContext, inserts: readonly Insert[]): Promise<void> {
  const { target, ownedBy, binary } = newRecords(context);
  await copyInto(context.client, target, inserts, ({ id, owner, contents }, writer) => {
    writeUuid(writer, id);
    writer.copied(ownedBy, 0, ownedBy.length);
    writeContents(writer, contents, owner, binary);
    writer.hex(contents.hash);
  });
}

/**
 * Makes records of packed rows.
 * @param ids 16 bytes for each row
 * @param isMade which of the rows become records
 */
export async function insertRows(
  context: ChunkContext,
  rows: readonly FinalDraft[],
  ids: Buffer,
  isMade: (row: FinalDraft) => boolean,
): Promise<void> {
  const { target, ownedBy, binary } = newRecords(context);
  const made = rows.flatMap((row, at) => (isMade(row) ? [at] : []));
  await copyInto(context.client, target, made, (at, writer) => {
    const row = rows[at] as FinalDraft;
    writer.bytes(ids, at * ID_BYTES, ID_BYTES).copied(ownedBy, 0, ownedBy.length);
    writeValues(writer, row, binary);
    writer.hex(row.hash);
  });
}

function newRecords({ tenantId, sourceId, spec }: ChunkContext) {
  const columns = ['id', 'tenant_id', 'source_id', ...spec.fields.map((field) => field.column), 'source_hash'];
  const into = `${qualified(spec.schema, spec.table)} (${columns.map(quoted).join(', ')})`;
  const same = new ByteWriter();
  writeUuid(same, tenantId);
  writeUuid(same, sourceId);
  const binary = spec.fields.map((field) => BINARY[field.type]);
  return { target: { into, columns: columns.length }, ownedBy: same.take(), binary };
}

/**
 * Changes records and writes their ledger entries in one statement, which alone sees what it overwrites. The rows are
 * staged by COPY in a table of the session that empties itself at each commit.
 */
export async function updateRecords(context: ChunkContext, updates: readonly Update[]): Promise<void> {
  if (updates.length === 0) return;
  const { client, spec } = context;
  const stage = await prepareStage(context);
  const binary = spec.fields.map((field) => BINARY[field.type]);
  await copyInto(client, { into: stage, columns: 8 + binary.length }, updates, (update, writer) => {
    const { id, first, duplicateOf, matched, afterHash, contents } = update;
    writeUuid(writer, id);
    writer.int32(8).int64(first.rowNumber).text(first.identifier);
    writer.hex(first.hash);
    writer.hex(afterHash);
    writeUuid(writer, duplicateOf);
    writeJsonb(writer, matched);
    writer.hex(contents.hash);
    writeContents(writer, contents, first, binary);
  });

  const written = spec.fields.flatMap((field, index) =>
    context.writtenFields.includes(field.name) ? [{ field, staged: stagedName(index) }] : [],
  );
  const assignments = written.map(({ field, staged }) => `${quoted(field.column)} = "s".${staged}`);
  const before = written.map(({ field }) => [field.column, textSql(field, 'old')] as const);
  const kept = [
    ['source_hash', `encode("old"."source_hash", 'hex')`],
    ['updated_at', '"old"."updated_at"::text'],
  ] as const;
  // A dry run has no ledger.
  const record = `
     insert into ${ledgerOf(context)} ("job_number", "target_ordinal", "row_number", "source_identifier", "source_hash",
       "target_id", "action", "duplicate_of", "matched", "before_image", "after_hash", "attempt")
     select $2, $3, "row_number", "identifier", "row_hash", "record_id", 'updated', "duplicate_of", "matched", "before",
       "after_hash", $4
     from "changed"`;
  const { jobNumber, targetOrdinal, attempt = 1 } = context;
  const { rowCount } = await client.query(
    `with "changed" as (
       update ${qualified(spec.schema, spec.table)} as "t"
       set ${[...assignments, '"source_hash" = "s"."hash"', '"updated_at" = clock_timestamp()'].join(', ')}
       from ${stage} as "s"
       where "t"."id" = "s"."record_id" and "t"."tenant_id" = $1
       returning "s".*, ${objectSql([...before, ...kept])} as "before"
     )
     ${context.dryRun ? 'select from "changed"' : record}`,
    [context.tenantId, ...(context.dryRun ? [] : [jobNumber, targetOrdinal, attempt])],
  );
  if (rowCount !== updates.length) throw new TargetMoved(`${updates.length - (rowCount ?? 0)} records are gone`);
}

/** Writes values; those of a row that nothing was merged into are packed already. */
function writeContents(
  writer: ByteWriter,
  contents: Contents,
  row: Candidate,
  binary: readonly (WriteBinary | null)[],
): void {
  if (contents === row) {
    writeValues(writer, row.packed, binary);
    return;
  }
  const bytes = packRow(contents.values);
  writeValues(writer, { bytes, start: 0, end: bytes.length }, binary);
}

/** Remembers under which records source rows are known that did not make them, or not under their `external_id`. */
export async function writeAliases(context: ChunkContext, aliases: readonly Alias[]): Promise<void> {
  await renewAliases(
    context,
    aliases.filter((alias) => alias.known),
  );
  await addAliases(
    context,
    aliases.filter((alias) => !alias.known),
  );
}

const ALIAS_COLUMNS = `"tenant_id", "target_type", "source_id", "external_id", "target_id", "source_hash"`;
const ALIAS_KEY = `"tenant_id", "target_type", "source_id", "external_id"`;

async function renewAliases(context: ChunkContext, aliases: readonly Alias[]): Promise<void> {
  if (aliases.length === 0) return;
  await context.client.query(
    `insert into "import_aliases" (${ALIAS_COLUMNS})
     select $1, $2, $3, "a".* from unnest($4::text[], $5::uuid[], $6::bytea[]) as "a"
     on conflict (${ALIAS_KEY}) do update set "target_id" = excluded."target_id", "source_hash" = excluded."source_hash"`,
    aliasValues(context, aliases),
  );
}

/** A row that somebody else has made known meanwhile is decided anew; one known only as a record that is gone is not. */
async function addAliases(context: ChunkContext, aliases: readonly Alias[]): Promise<void> {
  if (aliases.length === 0) return;
  const { client, spec } = context;
  const values = aliasValues(context, aliases);
  const { rowCount: added } = await client.query(
    `insert into "import_aliases" (${ALIAS_COLUMNS})
     select $1, $2, $3, "a".* from unnest($4::text[], $5::uuid[], $6::bytea[]) as "a"
     on conflict (${ALIAS_KEY}) do nothing`,
    values,
  );
  if (added === aliases.length) return;
  const { rowCount: taken } = await client.query(
    `select from "import_aliases" as "i"
     join unnest($4::text[], $5::uuid[]) as "a" ("external_id", "target_id") using ("external_id")
     join ${isOwn(spec) ? LINKS : qualified(spec.schema, spec.table)} as "t" on "t"."id" = "i"."target_id"
     where "i"."tenant_id" = $1 and "i"."target_type" = $2 and "i"."source_id" = $3
       and "i"."target_id" <> "a"."target_id"`,
    values.slice(0, 5),
  );
  if (taken !== 0) throw new TargetMoved('rows have become known as other records');
  await renewAliases(context, aliases);
}

function aliasValues(
  { tenantId, spec, sourceId, identifierField }: ChunkContext,
  aliases: readonly Alias[],
): unknown[] {
  return [
    tenantId,
    spec.type,
    sourceId,
    aliases.map((alias) => aliasOf(identifierField, alias.identifier)),
    aliases.map((alias) => alias.targetId),
    aliases.map((alias) => `\\x${alias.hash}`),
  ];
}

/** Fields are staged under numbers: their columns may be called anything, also what the stage's own are called. */
function stagedName(index: number): string {
  return `"f${index}"`;
}

async function prepareStage({ client, mirrored, spec: written }: ChunkContext): Promise<string> {
  // A mirror is shaped as what it mirrors, and there is a new one for each plan.
  const spec = mirrored?.spec ?? written;
  const stage = quoted(stageName(spec));
  const columns = spec.fields.map((field, index) => `${quoted(field.column)} as ${stagedName(index)}`);
  await client.query(
    `create temporary table if not exists ${stage} on commit delete rows as
     select null::uuid as "record_id", null::bigint as "row_number", null::text as "identifier",
       null::bytea as "row_hash", null::bytea as "after_hash", null::uuid as "duplicate_of", null::jsonb as "matched",
       null::bytea as "hash", ${columns.join(', ')}
     from ${qualified(spec.schema, spec.table)} with no data`,
  );
  await client.query(`truncate "pg_temp".${stage}`);
  return `"pg_temp".${stage}`;
}

/** One stage a shape of target: sessions outlive jobs, and two targets may have tables of one name. */
function stageName({ schema, table, fields }: TargetSpec): string {
  const shape = JSON.stringify([schema, table, fields.map(({ column, type }) => [column, type])]);
  return `stage_${createHash('sha256').update(shape).digest('hex').slice(0, 32)}`;
}

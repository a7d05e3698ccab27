import { createReadStream } from 'node:fs';
import { CONTACT_COLUMNS } from './contacts.ts';
import type { CsvPart } from './contacts-csv.ts';
import { shared } from './psql.ts';
import type { RawSession } from './psql.ts';

/** Where the raw import of files writes: tables shaped as Lading's own, in a schema beside them. */
const SCHEMA = 'bench_raw';
export const RAW_TABLES: readonly string[] = [`${SCHEMA}.contacts`, `${SCHEMA}.import_records`];

const TENANT = '00000000-0000-7000-8000-000000000001';
const SOURCE = '00000000-0000-7000-8000-000000000002';

/** Statements that make the tables, with the columns, keys and indexes of the importer's table and of the ledger. */
export function makeRawTables(importerTable: string): string[] {
  return [
    `create schema ${SCHEMA}`,
    `create table ${SCHEMA}.contacts (like ${importerTable} including all)`,
    `create table ${SCHEMA}.import_records (like public.import_records including all)`,
    `create table ${SCHEMA}.checkpoints (job bigint primary key, position bigint not null)`,
  ];
}

/** An importer's columns have numbers for names; the first is the key. */
const kept = CONTACT_COLUMNS.map((column, index) => ({
  column: `f${index + 1}`,
  type: column === 'birth_date' ? 'date' : 'text',
}));
const list = kept.map(({ column }) => column).join(', ');

/** Once a session: the staging table, which numbers its rows and empties itself at each commit. */
const PREPARE = `create temporary table stage (row_number bigint generated always as identity,
  ${kept.map(({ column, type }) => `${column} ${type}`).join(', ')}) on commit delete rows;`;

/**
 * What one transaction does with the staged rows: upsert what is new or differs, one ledger record a row with the
 * image of what was overwritten, and the checkpoint.
 */
function applySql(job: number, first: number, { after, rows }: CsvPart): string {
  const texts = kept.map(({ column }) => `coalesce(${column}::text, '\\N')`).join(', ');
  const image = kept.map(({ column }) => `'${column}', old.${column}::text`).join(', ');
  const assign = kept.map(({ column }) => `${column} = excluded.${column}`).join(', ');
  return `
    with hashed as materialized (
      select *, sha256(convert_to(concat_ws(chr(9), ${texts}), 'UTF8')) as hash from stage
    ), written as (
      insert into ${SCHEMA}.contacts as t (id, tenant_id, source_id, external_id, ${list}, source_hash)
      select uuidv7(), '${TENANT}', '${SOURCE}', f1, ${list}, hash from hashed
      on conflict (tenant_id, source_id, external_id) do update
        set ${assign}, source_hash = excluded.source_hash, updated_at = clock_timestamp()
        where t.source_hash is distinct from excluded.source_hash
      returning new.id, new.external_id, old.id is null as created,
        case when old.id is not null then jsonb_build_object(${image}, 'source_hash', encode(old.source_hash, 'hex')) end as before
    )
    insert into ${SCHEMA}.import_records
      (job_number, target_ordinal, row_number, source_identifier, source_hash, target_id, action, before_image)
    select ${job}, 0, ${first} + s.row_number, s.f1, s.hash,
      coalesce(w.id, (select t.id from ${SCHEMA}.contacts t
        where t.tenant_id = '${TENANT}' and t.source_id = '${SOURCE}' and t.external_id = s.f1)),
      case when w.id is null then 'skipped' when w.created then 'created' else 'updated' end::import_action, w.before
    from hashed s left join written w on w.external_id = s.f1;
    insert into ${SCHEMA}.checkpoints (job, position) values (${job}, ${after + rows})
      on conflict (job) do update set position = excluded.position;`;
}

/** The raw import of a file that lies there in parts, each a transaction, shared out to sessions. */
export function rawSessions(parts: readonly CsvPart[], sessions: number, job: number): RawSession[] {
  return shared(parts, sessions).map((own) => ({
    prepare: PREPARE,
    steps: own.map((part) => ({
      copy: `copy stage (${list}) from stdin csv`,
      from: `'${part.path}'`,
      open: () => createReadStream(part.path),
      apply: applySql(job, own[0]?.after ?? 0, part),
    })),
  }));
}

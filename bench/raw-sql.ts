import { CONTACT_COLUMNS, CONTACTS } from './contacts.ts';

/** Who the raw import writes for; Lading writes for its own tenant and profile. */
const TENANT = '00000000-0000-7000-8000-000000000001';
const SOURCE = '00000000-0000-7000-8000-000000000002';

/** One pass of the raw import over a part of a source table. */
export interface RawPass {
  readonly table: string;
  /** The job's number in the ledger. */
  readonly job: number;
  /** Ids after `after` up to and including `upTo`. */
  readonly after: number;
  readonly upTo: number;
}

const columns = CONTACT_COLUMNS.join(', ');

/** Reads a part of the source: the row's number, the fields, and the hash over them. */
export function readSql({ table, after, upTo }: RawPass): string {
  const fields = CONTACT_COLUMNS.map((column) => (column === 'external_id' ? 'id' : column));
  const list = fields.map((field) => `coalesce(${field}::text, '\\N')`).join(', ');
  return `copy (select id, ${fields.join(', ')}, sha256(convert_to(concat_ws(chr(9), ${list}), 'UTF8'))
    from ${table} where id > ${after} and id <= ${upTo} order by id) to stdout`.replaceAll(/\s*\n\s*/g, ' ');
}

/** Once a session: the staging table, which empties itself at each commit, and the checkpoint. */
export const PREPARE_SQL = `create temporary table stage (row_number bigint, ${CONTACT_COLUMNS.map((column) => `${column} ${column === 'birth_date' ? 'date' : 'text'}`).join(', ')}, hash bytea) on commit delete rows;`;

/** Takes rows read by `readSql` into the staging table. */
export const STAGE_SQL = `copy stage (row_number, ${columns}, hash) from stdin`;

/**
 * What one transaction does with the staged rows: upsert what is new or differs, one ledger record a row with the
 * image of what was overwritten, and the checkpoint.
 */
export function applySql({ job, upTo }: RawPass): string {
  const image = CONTACT_COLUMNS.map((column) => `'${column}', old.${column}::text`).join(', ');
  const assign = CONTACT_COLUMNS.map((column) => `${column} = excluded.${column}`).join(', ');
  return `
    with written as (
      insert into target.customer_users as t (id, tenant_id, source_id, ${columns}, source_hash)
      select uuidv7(), '${TENANT}', '${SOURCE}', ${columns}, hash from stage
      on conflict (tenant_id, source_id, external_id) do update
        set ${assign}, source_hash = excluded.source_hash, updated_at = clock_timestamp()
        where t.source_hash is distinct from excluded.source_hash
      returning new.id, new.external_id, old.id is null as created,
        case when old.id is not null then jsonb_build_object(${image}, 'source_hash', encode(old.source_hash, 'hex')) end as before
    )
    insert into import_records (job_number, target_ordinal, row_number, source_identifier, source_hash, target_id, action, before_image)
    select ${job}, 0, s.row_number, s.external_id, s.hash,
      coalesce(w.id, (select t.id from target.customer_users t
        where t.tenant_id = '${TENANT}' and t.source_id = '${SOURCE}' and t.external_id = s.external_id)),
      case when w.id is null then 'skipped' when w.created then 'created' else 'updated' end::import_action, w.before
    from stage s left join written w on w.external_id = s.external_id;
    insert into bench_checkpoints (job, position) values (${job}, ${upTo})
      on conflict (job) do update set position = excluded.position;`;
}

/** Made once in the raw target, beside the product's own tables. */
export const CHECKPOINTS_SQL =
  'create table if not exists bench_checkpoints (job bigint primary key, position bigint not null)';

/** Splits ids 1 to `last` into passes of at most `size` rows. */
export function passes(job: number, last: number, size: number, table: string = CONTACTS): RawPass[] {
  const count = Math.ceil(last / size);
  return Array.from({ length: count }, (_, index) => ({
    table,
    job,
    after: index * size,
    upTo: Math.min(last, (index + 1) * size),
  }));
}

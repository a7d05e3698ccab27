import type pg from 'pg';
import { customerUsers } from '../src/targets/customer-users.ts';
import { tickets } from '../src/targets/tickets.ts';

/** Whose ledger is made. */
export const TENANT = '00000000-0000-4000-8000-000000000001';
export const USER = '00000000-0000-4000-8000-000000000002';

/** How many jobs there are, of how many records in all. */
export interface LedgerSize {
  readonly jobs: number;
  readonly records: number;
}

/** The id of a profile, of which there are twenty, in SQL. */
export const PROFILE = `('00000000-0000-4000-8000-1000000000' || lpad(("i" % 20)::text, 2, '0'))::uuid`;

/**
 * Fills an empty store with imports of twenty profiles over two years, each of two types and as wide as real ones are. Of
 * their records a tenth failed, a tenth was found to be a duplicate, and some of these somebody has reviewed. The newest
 * ten still run.
 */
export async function makeLedger(client: pg.Client, size: LedgerSize, report: (line: string) => void): Promise<void> {
  const each = Math.max(2, Math.round(size.records / size.jobs / 2)) * 2;
  report(`${size.jobs.toLocaleString('en')} jobs of ${each} records each`);
  await client.query(
    `insert into "import_profiles" ("id", "tenant_id", "name", "database_type", "host", "port", "database", "username",
       "password_sealed", "ssl_mode")
     select ${PROFILE}, $1, 'Profile ' || "i", 'postgresql', '127.0.0.1', 5432, 'source', 'reader', 'sealed', 'disable'
     from generate_series(0, 19) as "i"`,
    [TENANT],
  );
  const fields = customerUsers.fields.map(({ name }) => ({ source: `people.${name}`, target: name }));
  const query = { base_table: 'people', joins: [], fields, filters: [] };
  const targets = [customerUsers, tickets].map((spec, ordinal) => ({ ordinal, spec, query }));
  const queries = Object.fromEntries(targets.map(({ ordinal }) => [ordinal, { fields, sql: 'select '.repeat(60) }]));
  await client.query(
    `insert into "import_jobs" ("id", "tenant_id", "kind", "status", "profile_id", "created_by_id", "options", "mode",
       "targets", "source_queries", "totals", "imported_by_type", "started_at", "completed_at", "created_at")
     select gen_random_uuid(), $1, 'import',
       case when "running" then 'running' when "i" % 50 = 0 then 'failed' when "i" % 70 = 0 then 'cancelled' else 'completed' end,
       ${PROFILE}, $2, '{"batchSize":10000}', '{"mode":"create_or_update","duplicateDetection":{"enabled":true,"strategy":"exact"}}', $3, $4,
       case when not "running" then jsonb_build_object('created', $5::int * 7 / 10, 'updated', $5::int / 10, 'skipped', $5::int / 10,
         'failed', $5::int / 10, 'duplicates', $5::int / 10) end,
       case when not "running" then jsonb_build_object('customer_users', $5::int * 4 / 10, 'tickets', $5::int * 4 / 10) end,
       "at", case when not "running" then "at" + make_interval(secs => 1 + "i" % 600) end, "at"
     from generate_series(1, $6::int) as "i"
     cross join lateral (select now() - interval '730 days' * (1 - "i"::float8 / $6) as "at", "i" > $6::int - 10 as "running") as "t"`,
    [TENANT, USER, JSON.stringify(targets), JSON.stringify(queries), each, size.jobs],
  );
  report('their partitions');
  await client.query(
    `insert into "import_partitions" ("job_id", "target_ordinal", "ordinal", "planned_rows", "row_base", "rows_done",
       "created", "updated", "skipped", "failed", "duplicates", "finished")
     select "id", "o", 0, $1::int, 0, $1::int, $1::int * 7 / 10, $1::int / 10, $1::int / 10, $1::int / 10, $1::int / 10, "totals" is not null
     from "import_jobs" cross join generate_series(0, 1) as "o" order by "number", "o"`,
    [each / 2],
  );
  await makeRecords(client, each / 2, report);
  await client.query('vacuum analyze');
}

async function makeRecords(client: pg.Client, rows: number, report: (line: string) => void): Promise<void> {
  report('their records');
  await client.query(
    `insert into "import_records" ("job_number", "target_ordinal", "row_number", "source_identifier", "source_hash",
       "target_id", "action", "duplicate_of", "matched", "review_status", "created_at")
     select "j"."number", "o", "r", "r"::text, sha256("r"::text::bytea), case when "r" % 10 <> 1 then gen_random_uuid() end,
       case when "r" % 10 = 1 then 'failed' when "r" % 10 = 2 then 'skipped' when "r" % 10 = 3 then 'updated' else 'created' end::import_action,
       case when "r" % 10 = 3 then gen_random_uuid() end,
       case when "r" % 10 = 3 then jsonb_build_object('strategy', 'exact', 'confidence', 60 + ("r" + "j"."number") % 41) end,
       case when "r" % 50 = 13 then 'approved' when "r" % 50 = 23 then 'rejected' end, "j"."created_at"
     from "import_jobs" as "j" cross join generate_series(0, 1) as "o" cross join generate_series(1, $1::int) as "r"`,
    [rows],
  );
  await client.query(
    `insert into "import_match_counts" select "r"."job_number", "k"."strategy", "k"."confidence", "k"."state", count(*), sum("k"."exact")
     from "import_records" as "r" cross join lateral
       "lading_match_key"("r"."duplicate_of", "r"."matched", "r"."review_status", "r"."review_verdict") as "k"
     group by 1, 2, 3, 4`,
  );
}

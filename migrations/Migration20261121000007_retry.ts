import { Migration } from '@mikro-orm/migrations';

/** Retries: which job one is an attempt at, which rows it reads again; and how the lists of records find theirs. */
export class Migration20261121000007_retry extends Migration {
  override up(): void {
    this.addSql(`
      create table "import_retries" (
        "job_id" uuid not null primary key references "import_jobs" ("id") on delete cascade,
        "job_number" bigint not null unique,
        "root_number" bigint not null,
        "attempt" smallint not null,
        "chosen" boolean not null
      )`);
    this.addSql(`create index "import_retries_root" on "import_retries" ("root_number", "job_number")`);

    this.addSql(`
      create table "import_retry_rows" (
        "job_number" bigint not null,
        "target_ordinal" smallint not null,
        "row_number" bigint not null,
        "source_identifier" text null,
        "occurrence" integer not null default 1,
        primary key ("job_number", "target_ordinal", "row_number")
      )`);

    // A retry's partition reads a list of rows, or goes on where a partition of an earlier attempt stands.
    this.addSql(`
      alter table "import_partitions"
        add column "listed" boolean not null default false,
        add column "origin_id" bigint null`);

    // Rows that matched something are few; those that did not have no entry.
    this.addSql(`
      create index "import_records_duplicate" on "import_records" ("job_number", "target_ordinal", "row_number")
      where "duplicate_of" is not null`);
  }

  override down(): void {
    this.addSql(`drop index "import_records_duplicate"`);
    this.addSql(`alter table "import_partitions" drop column "listed", drop column "origin_id"`);
    this.addSql(`drop table "import_retry_rows"`);
    this.addSql(`drop table "import_retries"`);
  }
}

import { Migration } from '@mikro-orm/migrations';

/** Plans: what would become of each row, what it would be written as, and which job brought a plan in. */
export class Migration20261121000014_plans extends Migration {
  override up(): void {
    // Copies of target tables that hold what the plans under way would change; each goes when its plan has ended.
    this.addSql(`create schema "lading_plan"`);

    this.addSql(`
      create table "import_plan_records" (
        like "import_records" including defaults,
        primary key ("job_number", "target_ordinal", "row_number")
      )`);
    this.addSql(`
      create index "import_plan_records_action"
      on "import_plan_records" ("job_number", "target_ordinal", "action", "row_number")`);

    this.addSql(`
      create index "import_plan_records_review" on "import_plan_records" ("job_number", "target_ordinal", "row_number")
      where "review_status" is not null`);

    // The row as it would be written, packed; the hash of what the record it meets held when its chunk began; and by column
    // what somebody else's table would make of it.
    this.addSql(`
      create table "import_plan_rows" (
        "job_number" bigint not null,
        "target_ordinal" smallint not null,
        "row_number" bigint not null,
        "packed" bytea not null,
        "state" bytea null,
        "after" jsonb null,
        primary key ("job_number", "target_ordinal", "row_number")
      )`);
    this.addSql(`
      create table "import_plan_chunks" (
        "job_number" bigint not null,
        "target_ordinal" smallint not null,
        "last_row" bigint not null,
        primary key ("job_number", "target_ordinal", "last_row")
      )`);

    // A plan is applied once: its id is the key.
    this.addSql(`
      create table "import_plan_applications" (
        "plan_id" uuid not null primary key references "import_jobs" ("id") on delete cascade,
        "job_id" uuid not null unique references "import_jobs" ("id") on delete cascade
      )`);

    this.addSql(`
      create index "import_issues_drifted" on "import_issues" ("job_number", "target_ordinal", "row_number")
      where "code" = 'drifted'`);
  }

  override down(): void {
    this.addSql(`drop index "import_issues_drifted"`);
    for (const table of ['applications', 'chunks', 'rows', 'records']) this.addSql(`drop table "import_plan_${table}"`);
    this.addSql(`drop schema "lading_plan" cascade`);
  }
}

import { Migration } from '@mikro-orm/migrations';

/** Records that are reviewed and deleted by the hundred thousand: what was decided, which rows, which are deleted. */
export class Migration20261121000012_bulk extends Migration {
  override up(): void {
    // A retry with a decision is what a reviewer let in; the rows it was asked about name the job that held them.
    this.addSql(`alter table "import_retries" add column "decision" jsonb null`);
    this.addSql(`alter table "import_retry_rows" add column "reviewed_number" bigint null`);
    this.addSql(`alter table "import_records" add column "deleted_at" timestamptz null`);
    // Hardly any record was ever held for a person; those that were not have no entry.
    this.addSql(`
      create index "import_records_review" on "import_records" ("job_number", "target_ordinal", "row_number")
      where "review_status" is not null`);
  }

  override down(): void {
    this.addSql(`drop index "import_records_review"`);
    this.addSql(`alter table "import_records" drop column "deleted_at"`);
    this.addSql(`alter table "import_retry_rows" drop column "reviewed_number"`);
    this.addSql(`alter table "import_retries" drop column "decision"`);
  }
}

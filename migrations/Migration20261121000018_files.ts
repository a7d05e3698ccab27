import { Migration } from '@mikro-orm/migrations';

/** Files that are imported, and which job ran which version of an importer over which file. */
export class Migration20261121000018_files extends Migration {
  override up(): void {
    this.addSql(`
      create table "import_files" (
        "id" uuid not null primary key,
        "tenant_id" uuid not null references "tenants" ("id") on delete cascade,
        "name" text not null,
        "size" bigint null,
        "sha256" text null,
        "storage_key" text not null unique,
        "charset" text null,
        "created_by_id" uuid null,
        "created_at" timestamptz not null default clock_timestamp()
      )`);
    this.addSql(`create index "import_files_tenant" on "import_files" ("tenant_id", "created_at")`);
    this.addSql(`
      alter table "import_jobs"
        add column "importer_id" uuid null references "import_importers" ("id") on delete set null,
        add column "importer_version" integer null,
        add column "file_id" uuid null references "import_files" ("id") on delete set null`);
    this.addSql(`
      create index "import_jobs_importer" on "import_jobs" ("importer_id", "created_at")
      where "importer_id" is not null`);
    this.addSql(`create index "import_jobs_file" on "import_jobs" ("file_id") where "file_id" is not null`);
  }

  override down(): void {
    this.addSql(`
      alter table "import_jobs" drop column "importer_id", drop column "importer_version", drop column "file_id"`);
    this.addSql(`drop table "import_files"`);
  }
}

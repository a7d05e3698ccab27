import { Migration } from '@mikro-orm/migrations';

/** Files that somebody was given a URL to upload to, and jobs that import such files into the directory or export it. */
export class Migration20261121000025_directory_jobs extends Migration {
  override up(): void {
    this.addSql(`
      create table "directory_uploads" (
        "key" text not null primary key,
        "tenant_id" uuid not null references "tenants" ("id") on delete cascade,
        "name" text not null,
        "created_by_id" uuid null,
        "created_at" timestamptz not null default clock_timestamp(),
        "expires_at" timestamptz not null
      )`);
    this.addSql(`create index "directory_uploads_tenant" on "directory_uploads" ("tenant_id")`);
    this.addSql(`create index "directory_uploads_expires" on "directory_uploads" ("expires_at")`);
    this.addSql(`
      create table "directory_jobs" (
        "job_id" uuid not null primary key references "import_jobs" ("id") on delete cascade,
        "tenant_id" uuid not null,
        "number" bigint not null,
        "retries" integer not null,
        "failures" integer not null default 0,
        "begun" boolean not null default false,
        "waiting" boolean not null default false,
        "last_failure" text null,
        "upload_key" text null,
        "export" jsonb null,
        "result" jsonb null
      )`);
    this.addSql(`create index "directory_jobs_tenant" on "directory_jobs" ("tenant_id", "number")`);
  }

  override down(): void {
    this.addSql(`drop table "directory_jobs"`);
    this.addSql(`drop table "directory_uploads"`);
  }
}

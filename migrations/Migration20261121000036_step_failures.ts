import { Migration } from '@mikro-orm/migrations';

/** How often steps of a job have failed by errors of ours, one after the other at the same place. */
export class Migration20261121000036_step_failures extends Migration {
  override up(): void {
    this.addSql(`
      create table "import_step_failures" (
        "job_id" uuid not null references "import_jobs" ("id") on delete cascade,
        "step" text not null,
        "place" text not null,
        "failures" integer not null,
        primary key ("job_id", "step")
      )`);
  }

  override down(): void {
    this.addSql(`drop table "import_step_failures"`);
  }
}

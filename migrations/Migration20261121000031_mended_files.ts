import { Migration } from '@mikro-orm/migrations';

/** Files of rows that had failed in an earlier import, mended: which row of it each of theirs is. */
export class Migration20261121000031_mended_files extends Migration {
  override up(): void {
    this.addSql(`
      create table "import_mended_rows" (
        "job_number" bigint not null,
        "row_number" bigint not null,
        "place" bigint not null,
        "open" boolean not null,
        primary key ("job_number", "row_number"),
        unique ("job_number", "place")
      )`);
  }

  override down(): void {
    this.addSql(`drop table "import_mended_rows"`);
  }
}

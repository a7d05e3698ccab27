import { Migration } from '@mikro-orm/migrations';

/** What a right value would look like, beside what is wrong; and values that a file may hold only once. */
export class Migration20261121000026_file_rules extends Migration {
  override up(): void {
    this.addSql(`alter table "import_issues" add column "expected" text null`);
    // Rows with a value that an earlier row of the file has as well; most files have none.
    this.addSql(`
      create table "import_repeated_values" (
        "job_number" bigint not null,
        "row_number" bigint not null,
        "fields" smallint[] not null,
        primary key ("job_number", "row_number")
      )`);
  }

  override down(): void {
    this.addSql(`drop table "import_repeated_values"`);
    this.addSql(`alter table "import_issues" drop column "expected"`);
  }
}

import { Migration } from '@mikro-orm/migrations';

/** Records that were held for a person are counted by what he said of them without reading them. */
export class Migration20261121000037_review_figures extends Migration {
  override up(): void {
    this.addSql(`drop index "import_records_review"`);
    this.addSql(`
      create index "import_records_review" on "import_records" ("job_number", "target_ordinal", "row_number")
      include ("review_status") where "review_status" is not null`);
  }

  override down(): void {
    this.addSql(`drop index "import_records_review"`);
    this.addSql(`
      create index "import_records_review" on "import_records" ("job_number", "target_ordinal", "row_number")
      where "review_status" is not null`);
  }
}

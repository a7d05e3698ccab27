import { Migration } from '@mikro-orm/migrations';

/** A company or contact is known by its id alone, whichever source brings it; its source need not tell it apart as well. */
export class Migration20261121000024_directory_identity extends Migration {
  override up(): void {
    this.addSql(`drop index "target"."companies_identity"`);
    this.addSql(`drop index "target"."contacts_identity"`);
  }

  override down(): void {
    for (const table of ['companies', 'contacts']) {
      this.addSql(`
        create unique index "${table}_identity" on "target"."${table}" ("tenant_id", "source_id", "external_id")
        where "external_id" is not null`);
    }
  }
}

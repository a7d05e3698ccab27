import { Migration } from '@mikro-orm/migrations';

/** Importers whose source has a place of its own recur, too. */
export class Migration20261121000028_importer_schedules extends Migration {
  override up(): void {
    this.addSql(`
      alter table "import_schedules"
        add column "importer_id" uuid null references "import_importers" ("id") on delete set null,
        add constraint "import_schedules_source" check ("profile_id" is null or "importer_id" is null)`);
    this.addSql(`create index "import_schedules_importer" on "import_schedules" ("importer_id")`);
    this.addSql(`drop index "import_schedules_unsettled"`);
    this.addSql(`
      create index "import_schedules_unsettled" on "import_schedules" ("state_at")
      where "state" <> 'settled' or coalesce("profile_id", "importer_id") is null`);
  }

  override down(): void {
    this.addSql(`drop index "import_schedules_unsettled"`);
    this.addSql(`
      create index "import_schedules_unsettled" on "import_schedules" ("state_at")
      where "state" <> 'settled' or "profile_id" is null`);
    this.addSql(`drop index "import_schedules_importer"`);
    this.addSql(`alter table "import_schedules" drop constraint "import_schedules_source", drop column "importer_id"`);
  }
}

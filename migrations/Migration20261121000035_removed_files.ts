import { Migration } from '@mikro-orm/migrations';

/** Files of which storage keeps nothing any more, though jobs tell of them. */
export class Migration20261121000035_removed_files extends Migration {
  override up(): void {
    this.addSql(`alter table "import_files" add column "removed_at" timestamptz null`);
  }

  override down(): void {
    this.addSql(`alter table "import_files" drop column "removed_at"`);
  }
}

import { Migration } from '@mikro-orm/migrations';

/** Rows of somebody else's tables that jobs made: whether anybody else has changed them since. */
export class Migration20261121000013_undo_own extends Migration {
  override up(): void {
    this.addSql(`alter table "import_own_records" add column "whole_hash" bytea null`);
  }

  override down(): void {
    this.addSql(`alter table "import_own_records" drop column "whole_hash"`);
  }
}

import { Migration } from '@mikro-orm/migrations';

/** Since when a partition's source has been away, and when it was last found so. */
export class Migration20261121000034_source_loss extends Migration {
  override up(): void {
    this.addSql(
      `alter table "import_partitions" add column "source_lost_at" timestamptz, add column "source_missed_at" timestamptz`,
    );
  }

  override down(): void {
    this.addSql(`alter table "import_partitions" drop column "source_lost_at", drop column "source_missed_at"`);
  }
}

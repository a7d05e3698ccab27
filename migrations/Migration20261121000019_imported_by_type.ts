import { Migration } from '@mikro-orm/migrations';

/** What ended jobs imported, by target type: figures over many jobs need not read what each was asked. */
export class Migration20261121000019_imported_by_type extends Migration {
  override up(): void {
    this.addSql(`alter table "import_jobs" add column "imported_by_type" jsonb null`);
    this.addSql(`
      update "import_jobs" as "j" set "imported_by_type" = coalesce((
        select jsonb_object_agg("type", "imported") from (
          select "one" -> 'spec' ->> 'type' as "type", sum("p"."created" + "p"."updated") as "imported"
          from "import_partitions" as "p" join jsonb_array_elements("j"."targets") as "one"
            on ("one" ->> 'ordinal')::int = "p"."target_ordinal"
          where "p"."job_id" = "j"."id" group by 1
        ) as "t"), '{}')
      where "totals" is not null`);
  }

  override down(): void {
    this.addSql(`alter table "import_jobs" drop column "imported_by_type"`);
  }
}

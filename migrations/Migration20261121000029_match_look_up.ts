import { Migration } from '@mikro-orm/migrations';

/** Matching by likeness: keys lie in a table of their own only where rows that come in are few for the records. */
export class Migration20261121000029_match_look_up extends Migration {
  override up(): void {
    // Up to which record keys can be looked up: they are made ready step by step, and kept right from then on.
    this.addSql(`alter table "import_match_indexes" add column "looked_up_to" uuid null`);
    // What there is has been kept right so far.
    this.addSql(`update "import_match_indexes" set "looked_up_to" = 'ffffffff-ffff-ffff-ffff-ffffffffffff'`);
  }

  override down(): void {
    this.addSql(`
      insert into "import_match_keys" ("index_id", "key", "record_id")
      select "r"."index_id", "key", "r"."record_id"
      from "import_match_records" as "r" join "import_match_indexes" as "i" on "i"."id" = "r"."index_id"
      cross join unnest("r"."keys") as "key"
      where "i"."looked_up_to" is null or "r"."record_id" > "i"."looked_up_to"`);
    this.addSql(`alter table "import_match_indexes" drop column "looked_up_to"`);
  }
}

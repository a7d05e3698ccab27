import { Migration } from '@mikro-orm/migrations';

/** Matching by likeness: keys of rows lie beside the rows, as those of records do; pairs are found where they are compared. */
export class Migration20261121000033_match_slices extends Migration {
  override up(): void {
    // Passes that are under way begin anew: what they work on has no keys beside it.
    this.addSql(`update "import_matchings" set "phase" = 'stage', "position" = null where "phase" <> 'done'`);
    const staged = ['marks', 'rows', 'worklist', 'units', 'links', 'nodes'].map((name) => `"import_match_${name}"`);
    this.addSql(`truncate ${staged.join(', ')}`);
    this.addSql(`alter table "import_match_units" add column "keys" bigint[] not null`);
    this.addSql(`drop table "import_match_unit_keys", "import_match_pairs"`);
    // Reasons are only carried from here to the ledger: nobody looks into them on the way.
    this.addSql(`alter table "import_match_results" alter column "matched" type text`);
  }

  override down(): void {
    this.addSql(`alter table "import_match_results" alter column "matched" type jsonb using "matched"::jsonb`);
    this.addSql(`update "import_matchings" set "phase" = 'stage', "position" = null where "phase" <> 'done'`);
    const staged = ['marks', 'rows', 'worklist', 'units', 'links', 'nodes'].map((name) => `"import_match_${name}"`);
    this.addSql(`truncate ${staged.join(', ')}`);
    this.addSql(`alter table "import_match_units" drop column "keys"`);
    this.addSql(`
      create unlogged table "import_match_unit_keys" (
        "job_number" bigint not null, "target_ordinal" smallint not null,
        "key" bigint not null, "unit" bigint not null, "pinned" boolean not null,
        primary key ("job_number", "target_ordinal", "key", "unit")
      )`);
    this.addSql(`
      create unlogged table "import_match_pairs" (
        "job_number" bigint not null, "target_ordinal" smallint not null,
        "unit" bigint not null, "other_unit" bigint not null, "record_id" uuid not null,
        "shared" bigint not null, "rare" boolean not null,
        primary key ("job_number", "target_ordinal", "unit", "other_unit", "record_id")
      )`);
  }
}

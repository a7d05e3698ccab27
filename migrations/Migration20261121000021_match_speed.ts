import { Migration } from '@mikro-orm/migrations';

/** Matching by likeness: smaller keys, and from when on records have to be looked at again. */
export class Migration20261121000021_match_speed extends Migration {
  override up(): void {
    // A record has a key once because whoever writes keys holds the index: a unique key of 28 bytes cost half of it all.
    this.addSql(`alter table "import_match_keys" drop constraint "import_match_keys_pkey"`);
    this.addSql(`create index "import_match_keys_key" on "import_match_keys" ("index_id", "key")`);
    // Transactions from this one on may have changed records since the keys were right.
    this.addSql(`alter table "import_match_indexes" add column "right_until" xid8 null`);
    // What was keyed by transactions from this one on, the pass may not have seen.
    this.addSql(`alter table "import_matchings" add column "looked_until" xid8 null`);
  }

  override down(): void {
    this.addSql(`alter table "import_matchings" drop column "looked_until"`);
    this.addSql(`alter table "import_match_indexes" drop column "right_until"`);
    this.addSql(`drop index "import_match_keys_key"`);
    this.addSql(`alter table "import_match_keys" add primary key ("index_id", "key", "record_id")`);
  }
}

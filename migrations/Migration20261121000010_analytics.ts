import { Migration } from '@mikro-orm/migrations';

/** What figures are read from: totals of ended jobs, what reviewers decided, how many matches imports found. */
export class Migration20261121000010_analytics extends Migration {
  override up(): void {
    this.addSql(`alter table "import_jobs" add column "totals" jsonb null`);

    this.addSql(`create type "import_review_verdict" as enum ('duplicate', 'distinct')`);
    // An enum and no check: nothing that has to be evaluated for every row of every import.
    this.addSql(`
      alter table "import_records"
        add column "reviewed_by_id" uuid null,
        add column "reviewed_at" timestamptz null,
        add column "review_verdict" import_review_verdict null`);

    this.addSql(`
      create table "import_match_counts" (
        "job_number" bigint not null,
        "strategy" text not null,
        "confidence" smallint not null,
        "state" text not null,
        "records" bigint not null,
        "confidence_sum" numeric not null,
        primary key ("job_number", "strategy", "confidence", "state")
      )`);

    // Where a record is counted, if anywhere; what the states mean is said at MATCH_STATES.
    this.addSql(`
      create function "lading_match_key"
        ("duplicate_of" uuid, "matched" jsonb, "review_status" text, "verdict" import_review_verdict)
      returns table ("strategy" text, "confidence" smallint, "state" text, "exact" numeric)
      language sql immutable parallel safe as $$
        select "matched" ->> 'strategy', floor(("matched" ->> 'confidence')::numeric)::smallint,
          case
            when "verdict" is not null then "verdict"::text
            when "review_status" = 'approved' then 'duplicate'
            when "review_status" = 'rejected' then 'distinct'
            when "review_status" = 'pending' then 'pending'
            else 'unreviewed'
          end,
          ("matched" ->> 'confidence')::numeric
        where "duplicate_of" is not null
        union all
        select '', 0::smallint, case "verdict" when 'duplicate' then 'missed' else 'distinct' end, 0
        where "duplicate_of" is null and "verdict" is not null
      $$`);

    // Imports count what they insert. When a record is changed later, its count moves along; keys are locked in order.
    this.addSql(`
      create function "lading_move_match_counts" () returns trigger language plpgsql as $$
      begin
        insert into "import_match_counts" as "c"
        select "m"."job_number", "k"."strategy", "k"."confidence", "k"."state",
          sum("m"."sign"), sum("m"."sign" * "k"."exact")
        from (
          select "job_number", "duplicate_of", "matched", "review_status", "review_verdict", 1 as "sign"
          from "after"
          union all
          select "job_number", "duplicate_of", "matched", "review_status", "review_verdict", -1
          from "before"
        ) as "m" cross join lateral
          "lading_match_key"("m"."duplicate_of", "m"."matched", "m"."review_status", "m"."review_verdict") as "k"
        group by 1, 2, 3, 4
        having sum("m"."sign") <> 0 or sum("m"."sign" * "k"."exact") <> 0
        order by 1, 2, 3, 4
        on conflict ("job_number", "strategy", "confidence", "state") do update
          set "records" = "c"."records" + excluded."records",
            "confidence_sum" = "c"."confidence_sum" + excluded."confidence_sum";
        return null;
      end $$`);
    this.addSql(`
      create trigger "import_records_matches" after update on "import_records"
      referencing old table as "before" new table as "after"
      for each statement execute function "lading_move_match_counts" ()`);
  }

  override down(): void {
    this.addSql(`drop trigger "import_records_matches" on "import_records"`);
    this.addSql(`drop function "lading_move_match_counts"`);
    this.addSql(`drop function "lading_match_key"`);
    this.addSql(`drop table "import_match_counts"`);
    this.addSql(`
      alter table "import_records"
        drop column "reviewed_by_id", drop column "reviewed_at", drop column "review_verdict"`);
    this.addSql(`drop type "import_review_verdict"`);
    this.addSql(`alter table "import_jobs" drop column "totals"`);
  }
}

import { Migration } from '@mikro-orm/migrations';

/**
 * Contacts keep their facets in the index alone, where they are found: rows are a third narrower, so that a count reads
 * fewer pages. Folding does less work, with the same outcome.
 */
export class Migration20261121000038_lean_contacts extends Migration {
  override up(): void {
    this.#fold(
      // What is cut is longer than 257 letters. Folding makes three of one at the most, so most need not be counted.
      `case when octet_length("value") <= 85 then casefold("value" collate "pg_unicode_fast")
        else left(casefold("value" collate "pg_unicode_fast"), 257) end`,
      `case when octet_length("value") <= 50000 then "value" else left("value", 50000) end`,
    );
    this.#addFacets();
    this.addSql(`drop index "target"."contacts_search"`);
    this.addSql(`alter table "target"."contacts" drop column "facets"`);
    this.addSql(`
      create index "contacts_search" on "target"."contacts" using gin (
        directory_contact_facets("city", "state", "country", "seniority", "email_status", "stage", "departments"),
        "title_words", directory_words("first_name"), directory_words("last_name"))
      with (gin_pending_list_limit = 4096)`);
    // Workers file what is pending each second: those who write need not, unless they are many.
    this.addSql(`alter index "target"."companies_search" set (gin_pending_list_limit = 4096)`);
    // What is known of the values of an indexed expression goes with its index.
    this.addSql(`analyze "target"."contacts"`);
  }

  /** Folds all of a contact at once where it can: a call for each of its values costs more than the values do. */
  #addFacets(): void {
    const scalars = ['city', 'state', 'country', 'seniority', 'email_status', 'stage'];
    const named = scalars.map((name) => `"${name}"`).join(', ');
    const joined = scalars.map((name) => String.raw`U&'\001F${name}=' || "${name}"`).join(', ');
    const apart = scalars.map((name) => `'${name}=' || "public".directory_key("${name}")`).join(', ');
    this.addSql(String.raw`
      create function "directory_contact_facets" (${scalars.map((name) => `"${name}" text`).join(', ')}, "departments" text[])
      returns text[] language plpgsql immutable parallel safe as $$
      declare
        "joined" text := casefold(concat(${joined}) collate "pg_unicode_fast");
        "keys" text[] := string_to_array(substr("joined", 2), U&'\001F');
        "item" text;
      begin
        -- A value may be too long for the index, or hold the mark between the values. What is longer than 257 letters and
        -- is not cut is found by no query either.
        if octet_length("joined") > 2000 or cardinality("keys") <> num_nonnulls(${named}) then
          "keys" := array_remove(array[${apart}], null);
        end if;
        if "departments" is not null then
          foreach "item" in array "departments" loop
            if "item" is not null then
              "keys" := "keys" || ('departments=' || "public".directory_key("item"));
            end if;
          end loop;
        end if;
        return "keys";
      end $$`);
  }

  #fold(key: string, text: string): void {
    this.addSql(`
      create or replace function "directory_key" ("value" text) returns text language sql immutable parallel safe
      return ${key}`);
    this.addSql(String.raw`
      create or replace function "directory_text" ("value" text) returns text language sql immutable parallel safe
      return regexp_replace(casefold((${text}) collate "pg_unicode_fast"),
        U&'[^[:alnum:] \001F]|\A7FF', ' ', 'g')`);
  }

  override down(): void {
    this.addSql(`alter index "target"."companies_search" set (gin_pending_list_limit = 1024)`);
    this.addSql(`drop index "target"."contacts_search"`);
    this.addSql(`drop function "directory_contact_facets"`);
    this.#fold(`left(casefold("value" collate "pg_unicode_fast"), 257)`, `left("value", 50000)`);
    this.addSql(`
      alter table "target"."contacts" add column "facets" text[] generated always as (
        array_remove(array[
          'city=' || directory_key("city"), 'state=' || directory_key("state"),
          'country=' || directory_key("country"), 'seniority=' || directory_key("seniority"),
          'email_status=' || directory_key("email_status"), 'stage=' || directory_key("stage")
        ], null)
        || directory_keys('departments', "departments")) stored`);
    this.addSql(`
      create index "contacts_search" on "target"."contacts"
      using gin ("facets", "title_words", directory_words("first_name"), directory_words("last_name"))
      with (gin_pending_list_limit = 1024)`);
  }
}

import { Migration } from '@mikro-orm/migrations';

/**
 * The directory: companies and the people in them, and what searches of them need. What is compared without case lies
 * beside the values as they came, in columns that PostgreSQL fills by itself, so that it holds whoever writes a row.
 */
export class Migration20261121000020_directory extends Migration {
  override up(): void {
    this.#addFunctions();
    this.#addCompanies();
    this.#addContacts();
    this.#addValues();
  }

  #addFunctions(): void {
    // A value as it is compared. Cut, because an index refuses what is longer than a third of a page: a query holds
    // values below 257 characters, so that none is taken for one that was cut.
    this.addSql(`
      create function "directory_key" ("value" text) returns text language sql immutable parallel safe
      return left(casefold("value" collate "pg_unicode_fast"), 257)`);
    this.addSql(`
      create function "directory_keys" ("name" text, "values" text[]) returns text[]
      language plpgsql immutable parallel safe strict as $$
      declare
        "keys" text[] := '{}';
        "item" text;
      begin
        foreach "item" in array "values" loop
          if "item" is not null then
            "keys" := "keys" || ("name" || '=' || "public".directory_key("item"));
          end if;
        end loop;
        return "keys";
      end $$`);
    // What a text is sorted by: nothing comes last, whichever way it is sorted. Cut as above.
    this.addSql(`
      create function "directory_rank" ("value" text, "nothing" text) returns text
      language sql immutable parallel safe
      return left(coalesce("value", "nothing"), 128)`);
    // Letters and digits alone are words: PostgreSQL's parser would make one of a host, a path or a compound, and what
    // is a letter would depend on the locale of the database.
    this.addSql(String.raw`
      create function "directory_text" ("value" text) returns text language sql immutable parallel safe
      return regexp_replace(casefold(left("value", 50000) collate "pg_unicode_fast"),
        U&'[^[:alnum:] \001F]|\A7FF', ' ', 'g')`);
    this.addSql(String.raw`
      create function "directory_words" ("value" text) returns tsvector language sql immutable parallel safe
      return to_tsvector('simple'::regconfig, "directory_text"("value"))`);
    // Between the items of a list stands a letter that no text keeps, so that no phrase reaches from one into the next.
    this.addSql(String.raw`
      create function "directory_words" ("values" text[]) returns tsvector
      language plpgsql immutable parallel safe strict as $$
      begin
        return to_tsvector('simple'::regconfig,
          replace("public".directory_text(array_to_string("values", U&' \001F ')), U&'\001F', U&' \A7FF '));
      end $$`);
    // What a query looks for, as the text of a tsquery; null where it has no word.
    this.addSql(`
      create function "directory_phrase" ("value" text) returns text language sql immutable parallel safe
      return nullif(phraseto_tsquery('simple'::regconfig, "directory_text"("value"))::text, '')`);
    this.addSql(`
      create function "directory_match" ("value" text) returns text language sql immutable parallel safe
      return nullif(plainto_tsquery('simple'::regconfig, "directory_text"("value"))::text, '')`);
  }

  #addCompanies(): void {
    this.addSql(`
      create table "target"."companies" (
        "id" uuid not null,
        "tenant_id" uuid not null,
        "source_id" uuid null,
        "external_id" text null,
        "name" text null,
        "employees_count" bigint null,
        "industries" text[] null,
        "keywords" text[] null,
        "technologies" text[] null,
        "address" text null,
        "annual_revenue" bigint null,
        "total_funding" bigint null,
        "city" text null,
        "state" text null,
        "country" text null,
        "linkedin_url" text null,
        "website" text null,
        "normalized_domain" text null,
        "facebook_url" text null,
        "twitter_url" text null,
        "company_name_for_emails" text null,
        "phone_number" text null,
        "latest_funding" text null,
        "latest_funding_amount" bigint null,
        "last_raised_at" date null,
        "source_hash" bytea null,
        "created_at" timestamptz not null default now(),
        "updated_at" timestamptz not null default now(),
        "country_key" text generated always as (directory_key("country")) stored,
        "facets" text[] generated always as (
          array_remove(array[
            'city=' || directory_key("city"), 'state=' || directory_key("state"),
            'country=' || directory_key("country"), 'linkedin_url=' || directory_key("linkedin_url"),
            'website=' || directory_key("website"), 'normalized_domain=' || directory_key("normalized_domain")
          ], null)
          || directory_keys('industries', "industries") || directory_keys('technologies', "technologies")) stored,
        "name_words" tsvector generated always as (directory_words("name")) stored,
        "keywords_words" tsvector generated always as (directory_words("keywords")) stored,
        primary key ("tenant_id", "id")
      )`);
    this.addSql(`
      create unique index "companies_identity" on "target"."companies" ("tenant_id", "source_id", "external_id")
      where "external_id" is not null`);
    this.addSql(`create index "companies_country" on "target"."companies" ("tenant_id", "country_key")`);
    this.addSql(`
      create index "companies_search" on "target"."companies"
      using gin ("facets", "keywords_words", "name_words") with (gin_pending_list_limit = 1024)`);
    this.addSql(String.raw`
      create index "companies_order" on "target"."companies"
        ("tenant_id", (directory_rank("name", U&'\+10FFFF') collate "C"), "id")`);
    this.addSql(`
      create index "companies_employees" on "target"."companies" ("tenant_id", "employees_count")`);
    this.addSql(`
      create index "companies_largest" on "target"."companies"
        ("tenant_id", (coalesce("employees_count", '-9223372036854775808'::bigint)))`);
    this.addSql(`create index "companies_created" on "target"."companies" ("tenant_id", "created_at", "id")`);
  }

  #addContacts(): void {
    this.addSql(`
      create table "target"."contacts" (
        "id" uuid not null,
        "tenant_id" uuid not null,
        "source_id" uuid null,
        "external_id" text null,
        "first_name" text null,
        "last_name" text null,
        "company_id" uuid null,
        "email" text null,
        "title" text null,
        "departments" text[] null,
        "mobile_phone" text null,
        "email_status" text null,
        "seniority" text null,
        "city" text null,
        "state" text null,
        "country" text null,
        "linkedin_url" text null,
        "facebook_url" text null,
        "twitter_url" text null,
        "website" text null,
        "work_direct_phone" text null,
        "home_phone" text null,
        "other_phone" text null,
        "stage" text null,
        "source_hash" bytea null,
        "created_at" timestamptz not null default now(),
        "updated_at" timestamptz not null default now(),
        "country_key" text generated always as (directory_key("country")) stored,
        "seniority_key" text generated always as (directory_key("seniority")) stored,
        "facets" text[] generated always as (
          array_remove(array[
            'city=' || directory_key("city"), 'state=' || directory_key("state"),
            'country=' || directory_key("country"), 'seniority=' || directory_key("seniority"),
            'email_status=' || directory_key("email_status"), 'stage=' || directory_key("stage")
          ], null)
          || directory_keys('departments', "departments")) stored,
        "title_words" tsvector generated always as (directory_words("title")) stored,
        primary key ("tenant_id", "id")
      )`);
    this.addSql(`
      create unique index "contacts_identity" on "target"."contacts" ("tenant_id", "source_id", "external_id")
      where "external_id" is not null`);
    this.addSql(`
      create index "contacts_country" on "target"."contacts" ("tenant_id", "country_key", "seniority_key")`);
    this.addSql(`
      create index "contacts_search" on "target"."contacts"
      using gin ("facets", "title_words", directory_words("first_name"), directory_words("last_name"))
      with (gin_pending_list_limit = 1024)`);
    this.addSql(String.raw`
      create index "contacts_order" on "target"."contacts" ("tenant_id",
        (directory_rank("last_name", U&'\+10FFFF') collate "C"),
        (directory_rank("first_name", U&'\+10FFFF') collate "C"), "id")`);
    this.addSql(`create index "contacts_created" on "target"."contacts" ("tenant_id", "created_at", "id")`);
    this.addSql(`
      create index "contacts_company" on "target"."contacts" ("tenant_id", "company_id")
      where "company_id" is not null`);
    this.addSql(`create index "contacts_email" on "target"."contacts" using hash (directory_key("email"))`);
    this.addSql(`create index "contacts_linkedin" on "target"."contacts" using hash (directory_key("linkedin_url"))`);
  }

  /** Which values there are, noted by each statement that writes rows, whoever sends it. */
  #addValues(): void {
    // Not unique: who notes a new value never waits for another who does, and readers take the first of equal ones.
    this.addSql(`
      create table "directory_values" (
        "number" bigint generated always as identity primary key,
        "tenant_id" uuid not null,
        "service" text not null,
        "filter_key" text not null,
        "value_key" text collate "C" not null,
        "value" text not null
      )`);
    this.addSql(`
      create index "directory_values_key" on "directory_values" ("tenant_id", "service", "filter_key", "value_key")`);
    const note = (service: string, table: string, scalars: readonly string[], lists: readonly string[]): void => {
      const seen = [
        ...scalars.map((name) => `select "tenant_id", '${name}' as "filter_key", "${name}" as "value" from "rows"`),
        ...lists.map((name) => `select "tenant_id", '${name}', unnest("${name}") from "rows"`),
      ];
      this.addSql(`
        create function "directory_note_${table}" () returns trigger language plpgsql as $$
        begin
          insert into "public"."directory_values" ("tenant_id", "service", "filter_key", "value_key", "value")
          select "tenant_id", '${service}', "filter_key", "value_key", min("value")
          from (
            select "tenant_id", "filter_key", "value", "public".directory_key("value") as "value_key"
            from (${seen.map((select) => `(select distinct * from (${select}) as "all")`).join('\nunion all\n')}) as "seen"
            where "value" <> '' and length("value") <= 256
          ) as "keyed"
          where not exists (
            select from "public"."directory_values" as "v"
            where "v"."tenant_id" = "keyed"."tenant_id" and "v"."service" = '${service}'
              and "v"."filter_key" = "keyed"."filter_key" and "v"."value_key" = "keyed"."value_key"
          )
          group by "tenant_id", "filter_key", "value_key";
          return null;
        end $$`);
      for (const event of ['insert', 'update']) {
        this.addSql(`
          create trigger "${table}_${event}_values" after ${event} on "target"."${table}"
          referencing new table as "rows" for each statement execute function "directory_note_${table}"()`);
      }
    };
    note('company', 'companies', ['city', 'state', 'country'], ['industries', 'technologies']);
    note('contact', 'contacts', ['city', 'state', 'country', 'seniority', 'email_status', 'stage'], ['departments']);
  }

  override down(): void {
    this.addSql(`drop table "target"."contacts", "target"."companies", "directory_values"`);
    this.addSql(`drop function "directory_note_contacts", "directory_note_companies"`);
    this.addSql(
      `drop function "directory_words" (text), "directory_words" (text[]), "directory_match", "directory_phrase", "directory_text"`,
    );
    this.addSql(`drop function "directory_rank", "directory_keys", "directory_key"`);
  }
}

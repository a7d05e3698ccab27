import { Migration } from '@mikro-orm/migrations';

/** The tables rows arrive in. Every one carries whose it is, which source it came from and the hash of what came. */
export class Migration20261121000002_targets extends Migration {
  override up(): void {
    this.addSql(`create schema "target"`);
    const table = (name: string, columns: readonly string[]): void => {
      this.addSql(`
        create table "target"."${name}" (
          "id" uuid not null primary key,
          "tenant_id" uuid not null,
          "source_id" uuid null,
          ${columns.join(',\n          ')},
          "source_hash" bytea null,
          "created_at" timestamptz not null default now(),
          "updated_at" timestamptz not null default now(),
          constraint "${name}_identity" unique ("tenant_id", "source_id", "external_id")
        )`);
    };
    const text = (...names: string[]): string[] => names.map((name) => `"${name}" text null`);
    const times = (...names: string[]): string[] => names.map((name) => `"${name}" timestamptz null`);
    const reference = (name: string, to: string): string => `"${name}" uuid null references "target"."${to}" ("id")`;

    table('customer_users', [
      ...text('external_id', 'name', 'first_name', 'last_name', 'email', 'phone', 'company', 'job_title'),
      ...text('street', 'city', 'state', 'postcode', 'country'),
      `"birth_date" date null`,
      ...text('notes'),
      ...times('source_created_at'),
    ]);
    table('agents', [
      ...text('external_id', 'name', 'first_name', 'last_name', 'email', 'phone', 'job_title'),
      ...text('role', 'status', 'timezone', 'notes'),
      ...times('source_created_at'),
    ]);
    table('accounts', [
      ...text('external_id', 'name', 'email', 'phone', 'website', 'industry'),
      ...text('street', 'city', 'state', 'postcode', 'country', 'notes'),
      ...times('source_created_at'),
    ]);
    table('tickets', [
      ...text('external_id', 'number', 'subject', 'status', 'priority', 'channel', 'description'),
      reference('customer_user_id', 'customer_users'),
      reference('agent_id', 'agents'),
      reference('account_id', 'accounts'),
      ...times('closed_at', 'source_created_at', 'source_updated_at'),
    ]);
    table('time_entries', [
      ...text('external_id'),
      `"duration" numeric null`,
      ...text('description'),
      reference('ticket_id', 'tickets'),
      reference('agent_id', 'agents'),
      ...times('started_at', 'source_created_at', 'source_updated_at'),
    ]);
    for (const [name, column] of [
      ['tickets', 'customer_user_id'],
      ['tickets', 'agent_id'],
      ['tickets', 'account_id'],
      ['time_entries', 'ticket_id'],
      ['time_entries', 'agent_id'],
    ]) {
      this.addSql(`create index "${name}_${column}" on "target"."${name}" ("${column}") where "${column}" is not null`);
    }

    // One value of a packed row, as the row hash is taken of it: see packRow.
    this.addSql(`
      create function "lading_packed" ("value" text) returns bytea language sql immutable parallel safe
      return coalesce(
        int4send(octet_length(convert_to("value", 'UTF8'))) || convert_to("value", 'UTF8'),
        int4send(-1))`);

    // A row that was merged into a record of another source, or under another identifier, is known by it from then on.
    this.addSql(`
      create table "import_aliases" (
        "tenant_id" uuid not null,
        "target_type" text not null,
        "source_id" uuid not null,
        "external_id" text not null,
        "target_id" uuid not null,
        "source_hash" bytea null,
        "created_at" timestamptz not null default now(),
        primary key ("tenant_id", "target_type", "source_id", "external_id")
      )`);
    this.addSql(`create index "import_aliases_target" on "import_aliases" ("target_id")`);
  }

  override down(): void {
    this.addSql(`drop table "import_aliases"`);
    this.addSql(`drop function "lading_packed"`);
    this.addSql(`drop schema "target" cascade`);
  }
}

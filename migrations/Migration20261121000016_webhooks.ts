import { Migration } from '@mikro-orm/migrations';

/** Addresses that are told of imports, what is on its way to them, and each attempt at it. */
export class Migration20261121000016_webhooks extends Migration {
  override up(): void {
    this.addSql(`
      create table "import_webhooks" (
        "id" uuid not null primary key,
        "tenant_id" uuid not null references "tenants" ("id") on delete cascade,
        "url" text not null,
        "events" text[] not null,
        "description" text null,
        "secret_sealed" text not null,
        "disabled_at" timestamptz null,
        "disabled_reason" text null,
        "failing_since" timestamptz null,
        "created_by_id" uuid not null,
        "created_at" timestamptz not null default clock_timestamp(),
        "updated_at" timestamptz not null default clock_timestamp()
      )`);
    this.addSql(`create index "import_webhooks_tenant" on "import_webhooks" ("tenant_id", "created_at")`);

    this.addSql(`
      create table "import_webhook_deliveries" (
        "id" uuid not null primary key,
        "webhook_id" uuid not null references "import_webhooks" ("id") on delete cascade,
        "event_id" bigint not null references "import_events" ("id") on delete cascade,
        "event" text not null,
        "status" text not null default 'pending',
        "attempts" integer not null default 0,
        "next_attempt_at" timestamptz null default clock_timestamp(),
        "started_at" timestamptz null,
        "response_status" integer null,
        "error" text null,
        "created_at" timestamptz not null default clock_timestamp(),
        "finished_at" timestamptz null,
        unique ("webhook_id", "event_id")
      )`);
    this.addSql(`create index "import_webhook_deliveries_event" on "import_webhook_deliveries" ("event_id")`);
    this.addSql(`
      create index "import_webhook_deliveries_pending" on "import_webhook_deliveries" ("next_attempt_at")
      where "status" = 'pending'`);

    this.addSql(`
      create table "import_webhook_attempts" (
        "delivery_id" uuid not null references "import_webhook_deliveries" ("id") on delete cascade,
        "number" integer not null,
        "at" timestamptz not null,
        "duration_ms" integer not null,
        "response_status" integer null,
        "error" text null,
        primary key ("delivery_id", "number")
      )`);
  }

  override down(): void {
    this.addSql(`drop table "import_webhook_attempts"`);
    this.addSql(`drop table "import_webhook_deliveries"`);
    this.addSql(`drop table "import_webhooks"`);
  }
}

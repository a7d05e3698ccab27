import { Migration } from '@mikro-orm/migrations';

/** Signs of life of worker processes, by which readiness is told. */
export class Migration20261121000004_workers extends Migration {
  override up(): void {
    this.addSql(`
      create unlogged table "worker_pulses" (
        "id" uuid not null primary key,
        "host" text not null,
        "pid" integer not null,
        "started_at" timestamptz not null default clock_timestamp(),
        "seen_at" timestamptz not null default clock_timestamp()
      )`);
  }

  override down(): void {
    this.addSql(`drop table "worker_pulses"`);
  }
}

import { Migration } from '@mikro-orm/migrations';

const COUNTERS = ['created', 'updated', 'skipped', 'failed', 'duplicates'];

/**
 * What figures over very many jobs are made of, in an index of their own: a job's row is wide with all it was asked, and
 * is not read for them. `totals` stays what a job ended with; the columns follow it by themselves.
 */
export class Migration20261121000030_job_figures extends Migration {
  override up(): void {
    const columns = COUNTERS.map(
      (name) => `add column "total_${name}" bigint generated always as (("totals" ->> '${name}')::bigint) stored`,
    );
    this.addSql(`
      alter table "import_jobs" ${columns.join(', ')},
        add column "match_strategy" text generated always as ("mode" #>> '{duplicateDetection,strategy}') stored`);
    this.addSql(`
      create index "import_jobs_figures" on "import_jobs" ("tenant_id", "created_at")
      include ("profile_id", "created_by_id", "id", "number", "status", "started_at", "completed_at", "match_strategy",
        ${COUNTERS.map((name) => `"total_${name}"`).join(', ')})
      where "kind" in ('import', 'retry')`);
    this.addSql(
      `create index "import_jobs_uncounted" on "import_jobs" ("tenant_id", "created_at") where "totals" is null`,
    );
  }

  override down(): void {
    this.addSql(`drop index "import_jobs_figures"`);
    this.addSql(`drop index "import_jobs_uncounted"`);
    const columns = [...COUNTERS.map((name) => `total_${name}`), 'match_strategy'];
    this.addSql(`alter table "import_jobs" ${columns.map((name) => `drop column "${name}"`).join(', ')}`);
  }
}

/** The store's own tables, which are nobody's target; a test holds the list against the migrations. */
export const STORE_TABLES: ReadonlySet<string> = new Set([
  'api_tokens',
  'audit_entries',
  'idempotency_keys',
  'import_aliases',
  'import_events',
  'import_issues',
  'import_jobs',
  'import_match_counts',
  'import_match_indexes',
  'import_match_keys',
  'import_match_pairs',
  'import_match_records',
  'import_match_results',
  'import_match_rows',
  'import_own_records',
  'import_partitions',
  'import_plan_applications',
  'import_plan_chunks',
  'import_plan_records',
  'import_plan_rows',
  'import_profiles',
  'import_records',
  'import_retries',
  'import_retry_rows',
  'import_schedule_runs',
  'import_schedules',
  'import_targets',
  'import_templates',
  'import_undo_aliases',
  'import_undo_references',
  'import_undos',
  'mikro_orm_migrations',
  'rate_limits',
  'sessions',
  'tenants',
  'users',
  'worker_pulses',
]);

const STORE_SCHEMAS: ReadonlySet<string> = new Set(['target', 'lading_plan']);

/** Whether a table is the store's own. */
export function isStoreTable({ schema, table }: { readonly schema: string; readonly table: string }): boolean {
  return STORE_SCHEMAS.has(schema) || (schema === 'public' && STORE_TABLES.has(table));
}

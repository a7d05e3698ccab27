import type { TargetSpec } from '../domain/target.ts';
import { isDirectory } from '../rows/directory-draft.ts';
import { literal } from './commit/field-sql.ts';

/**
 * Of entries of the ledger that were found by the id of a record: that they are about a record of this target and tenant.
 * Ids of the directory are made of what companies and people are called, so others may have the same; any other id says
 * all of that by itself.
 * @param entry the alias of the entries
 */
export function aboutSql(spec: TargetSpec, tenantId: string, entry = 'r'): string {
  if (!isDirectory(spec)) return 'true';
  return `exists (
    select from "import_jobs" as "about" where "about"."number" = "${entry}"."job_number"
      and "about"."tenant_id" = ${literal(tenantId)}::uuid
      and "about"."targets" @> jsonb_build_array(jsonb_build_object('ordinal', "${entry}"."target_ordinal",
        'spec', jsonb_build_object('type', ${literal(spec.type)}::text))) offset 0)`;
}

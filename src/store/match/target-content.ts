import type { TargetSpec } from '../../domain/target.ts';
import type { EvidenceField } from '../../rows/evidence-fields.ts';
import { asUuid } from '../../rows/row-key.ts';
import { textSql } from '../commit/field-sql.ts';

/** Characters of a value that are compared; the same on both sides. */
const MAX_CONTENT = 1_000;

/** A tenant's records of a target, and which of their fields are compared. */
export interface MatchTarget {
  readonly tenantId: string;
  readonly spec: TargetSpec;
  readonly fields: readonly EvidenceField[];
}

/** The tenant's id as a constant, for statements that have no parameters. */
export function tenantOf({ tenantId }: Pick<MatchTarget, 'tenantId'>): string {
  return `'${asUuid(tenantId.replaceAll('-', ''))}'::uuid`;
}

/** The compared values of a record, as columns of a select list. */
export function contentSql({ fields }: MatchTarget, alias: string): string {
  return fields.map(({ field }) => `left(${textSql(field, alias)}, ${MAX_CONTENT})`).join(', ');
}

/** A hash of the compared values of a record: another one when one of them has changed. */
export function contentHashSql(target: MatchTarget, alias: string): string {
  return `hash_record_extended(row(${contentSql(target, alias)}), 0)`;
}

/** A value as far as it is compared: by whole characters, as PostgreSQL's `left` counts them. */
export function clipped(value: string | null): string | null {
  if (value === null || value.length <= MAX_CONTENT) return value;
  return Array.from(value.slice(0, 2 * MAX_CONTENT))
    .slice(0, MAX_CONTENT)
    .join('');
}

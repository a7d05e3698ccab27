import { isOwn } from '../domain/target.ts';
import type { TargetSpec } from '../domain/target.ts';
import { qualified } from './identifier.ts';
import { linkedSql, LINKS, ownTable } from './own/own-sql.ts';

/** How the records of a target are read, whoever made its table. The hash of a record is `hashSql(…, 't')`. */
export interface RecordsSql {
  /** What to select from; the table's own columns are those of `t`. */
  readonly from: string;
  /** The id of a record. */
  readonly id: string;
  /** Whether a record is a tenant's, by his id in SQL. */
  readonly mine: (tenantId: string) => string;
}

export function recordsSql(spec: TargetSpec): RecordsSql {
  if (!isOwn(spec)) {
    return {
      from: `${qualified(spec.schema, spec.table)} as "t"`,
      id: `"t"."id"`,
      mine: (tenantId) => `"t"."tenant_id" = ${tenantId}`,
    };
  }
  return {
    from: `(${LINKS} as "l" join ${ownTable(spec)} as "t" on ${linkedSql(spec, 'l', 't')})`,
    id: `"l"."id"`,
    // Whoever has the definition has the table.
    mine: (tenantId) => `${tenantId}::uuid is not null`,
  };
}

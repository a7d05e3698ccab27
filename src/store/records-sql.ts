import { isOwn } from '../domain/target.ts';
import type { TargetSpec } from '../domain/target.ts';
import { isDirectory } from '../rows/directory-draft.ts';
import { qualified, quoted } from './identifier.ts';
import { linkedSql, linkOfSql, LINKS, ownTable } from './own/own-sql.ts';

/** How the records of a target are read, whoever made its table. The hash of a record is `hashSql(…, alias)`. */
export interface RecordsSql {
  /** What to select from; the table's own columns are those of the alias. */
  readonly from: string;
  /** The id of a record. */
  readonly id: string;
  /** Whether a record is a tenant's, by his id in SQL. */
  readonly mine: (tenantId: string) => string;
  /** The same of a record that is found by its id: see `foundById`. */
  readonly found: (tenantId: string) => string;
}

export function recordsSql(spec: TargetSpec, alias = 't'): RecordsSql {
  if (!isOwn(spec)) {
    const tenant = `${quoted(alias)}."tenant_id"`;
    const mine = (tenantId: string): string => `${tenant} = ${tenantId}`;
    return {
      from: `${qualified(spec.schema, spec.table)} as ${quoted(alias)}`,
      id: `${quoted(alias)}."id"`,
      mine,
      // An id of the directory is one in its tenant: so its index goes by both.
      found: isDirectory(spec) ? mine : (tenantId) => foundById(tenant, tenantId),
    };
  }
  const link = linkAlias(alias);
  // Whoever has the definition has the table.
  const mine = (tenantId: string): string => `${tenantId}::uuid is not null`;
  return {
    from: `(${LINKS} as ${quoted(link)} join ${ownTable(spec)} as ${quoted(alias)} on ${linkedSql(spec, link, alias)})`,
    id: `${quoted(link)}."id"`,
    mine,
    found: mine,
  };
}

/** The id of the record that a row of the target's table is; null where nobody has met it yet. */
export function idOfRowSql(spec: TargetSpec, alias: string): string {
  if (!isOwn(spec)) return `${quoted(alias)}."id"`;
  const link = linkAlias(alias);
  return `(select ${quoted(link)}."id" from ${LINKS} as ${quoted(link)} where ${linkOfSql(spec, link, alias)})`;
}

/**
 * For statements that change the table's rows `t`: what to join to where a record's id is from, and that `t` is the
 * tenant's record of it.
 */
export function reachSql(
  spec: TargetSpec,
  id: string,
  tenantId: string,
): { readonly join: string; readonly where: string } {
  if (!isOwn(spec)) return { join: '', where: `"t"."id" = ${id} and ${foundById('"t"."tenant_id"', tenantId)}` };
  return {
    join: `join ${LINKS} as "l" on "l"."id" = ${id}`,
    where: `${linkedSql(spec, 'l', 't')} and ${recordsSql(spec).mine(tenantId)}`,
  };
}

/**
 * That records which are found by their ids are the tenant's, in a form that no index answers: the index of the
 * identities begins with the tenant, and without statistics all he has is taken for a row or two.
 */
export function foundById(column: string, tenantId: string): string {
  return `coalesce(${column} = ${tenantId}, false)`;
}

function linkAlias(alias: string): string {
  return alias === 't' ? 'l' : `${alias}_link`;
}

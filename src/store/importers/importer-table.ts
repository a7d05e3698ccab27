import type { EntityManager } from '@mikro-orm/postgresql';
import type { TableChange } from '../../domain/importer.ts';
import { shownFields } from '../../domain/target.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { COLUMN_TYPES } from '../column-types.ts';
import { qualified, quoted } from '../identifier.ts';

/** How long a change of a table's shape waits for chunks that are being committed into it. */
const PATIENCE = '8s';

/** Makes the table of an importer, in the caller's transaction. */
export async function createImporterTable(tx: EntityManager, spec: TargetSpec): Promise<void> {
  const table = qualified(spec.schema, spec.table);
  const columns = shownFields(spec).map(({ column, type }) => `${quoted(column)} ${COLUMN_TYPES[type]} null`);
  await tx.execute(
    `create table ${table} (${[
      '"id" uuid not null primary key',
      '"tenant_id" uuid not null',
      '"source_id" uuid null',
      '"external_id" text null',
      ...columns,
      '"source_hash" bytea null',
      '"created_at" timestamptz not null default now()',
      '"updated_at" timestamptz not null default now()',
      `constraint ${quoted(`${spec.table}_identity`)} unique ("tenant_id", "source_id", "external_id")`,
    ].join(', ')})`,
    [],
    'run',
  );
}

/**
 * The changes that would lose or rewrite values which are there; those are not made. Holds the table against imports
 * until the caller's transaction ends.
 */
export async function lossyChanges(
  tx: EntityManager,
  spec: TargetSpec,
  changes: readonly TableChange[],
): Promise<TableChange[]> {
  const table = qualified(spec.schema, spec.table);
  await tx.execute(`set local lock_timeout = '${PATIENCE}'`, [], 'run');
  await tx.execute(`lock table ${table} in access exclusive mode`, [], 'run');
  const lossy: TableChange[] = [];
  for (const change of changes.filter(({ keepsValues }) => !keepsValues)) {
    const [row]: { held: boolean }[] = await tx.execute(
      `select exists (select from ${table} where ${quoted(change.field.column)} is not null) as "held"`,
    );
    if (row?.held === true) lossy.push(change);
  }
  return lossy;
}

/** Brings an importer's table to its new shape: columns are added or widened, and those without values retyped. */
export async function changeImporterTable(
  tx: EntityManager,
  spec: TargetSpec,
  changes: readonly TableChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const clauses = changes.map(({ field, from, keepsValues }) => {
    const [column, type] = [quoted(field.column), COLUMN_TYPES[field.type]];
    if (from === null) return `add column ${column} ${type} null`;
    return `alter column ${column} type ${type} using ${keepsValues ? `${column}::${type}` : `null::${type}`}`;
  });
  await tx.execute(`alter table ${qualified(spec.schema, spec.table)} ${clauses.join(', ')}`, [], 'run');
}

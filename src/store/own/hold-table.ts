import { DriverException } from '@mikro-orm/postgresql';
import { DatabaseError } from 'pg';
import type { PoolClient } from 'pg';
import { AppError } from '../../domain/errors.ts';
import type { OwnSpec } from '../../domain/target.ts';
import { ownTable } from './own-sql.ts';

/**
 * Holds an own table in its shape until the transaction ends, once it is certain that it still has the one it was
 * registered with. Throws `wrong_state`, which no waiting mends, naming everything that has changed.
 */
export async function holdOwnTable(client: PoolClient, spec: OwnSpec): Promise<void> {
  try {
    await client.query(`lock table only ${ownTable(spec)} in row exclusive mode`);
  } catch (error) {
    throw changedTable(error, spec);
  }
  const { rows } = await client.query<{ name: string; type: string }>(
    `select "attname" as "name", format_type("atttypid", "atttypmod") as "type" from "pg_attribute"
     where "attrelid" = to_regclass($1) and "attnum" > 0 and not "attisdropped" and "attgenerated" = ''`,
    [ownTable(spec)],
  );
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  const changes = spec.fields.flatMap(({ column, own }) => {
    const type = types.get(column);
    if (type === undefined) return [`the column ${column} is gone`];
    return type === own?.declared ? [] : [`the column ${column} is ${type} now, no longer ${own?.declared}`];
  });
  const lostKeys = spec.own.key.filter(
    ({ column }) => !types.has(column) && !spec.fields.some((f) => f.column === column),
  );
  changes.push(...lostKeys.map(({ column }) => `the key column ${column} is gone`));
  if (changes.length > 0) throw changed(spec, changes.join(', '));
}

/** What PostgreSQL says when statements no longer fit the table: undefined or unfit objects, and rights that were taken. */
const UNFIT_CLASSES = new Set(['42', '0A', '3F']);

/** An error of a statement on an own table, as a `wrong_state`, which ends a job, where the table itself is at fault. */
export function changedTable(error: unknown, spec: OwnSpec): unknown {
  if (!(error instanceof DatabaseError || error instanceof DriverException)) return error;
  if (!UNFIT_CLASSES.has(error.code?.slice(0, 2) ?? '')) return error;
  return changed(spec, error.message, error);
}

function changed({ schema, table, type }: OwnSpec, what: string, cause?: unknown): AppError {
  return new AppError(
    'wrong_state',
    `The table ${schema}.${table} is not what the target ${type} was registered with: ${what}. ` +
      `Save the target again and start a new job.`,
    { details: { target: type }, cause },
  );
}

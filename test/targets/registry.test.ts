import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldType } from '../../src/domain/target.ts';
import { dependencyOrder } from '../../src/domain/target.ts';
import { builtinTargets, findBuiltinTarget } from '../../src/targets/registry.ts';
import { openTestStore } from '../support/store.ts';

const { pool } = await openTestStore(2);

const SQL_TYPES: Readonly<Record<FieldType, string>> = {
  text: 'text',
  integer: 'bigint',
  numeric: 'numeric',
  boolean: 'boolean',
  date: 'date',
  timestamptz: 'timestamp with time zone',
  reference: 'uuid',
  uuid: 'uuid',
  list: 'ARRAY',
  native: 'text',
};

test('the built-in targets are found by their types, in the order they are shown', () => {
  const types = [
    'customer_users',
    'tickets',
    'time_entries',
    'agents',
    'accounts',
    'companies',
    'contacts',
    'jamaah',
    'payment',
    'package',
  ];
  assert.deepEqual(
    builtinTargets().map((spec) => spec.type),
    types,
  );
  assert.deepEqual(
    types.map((type) => findBuiltinTarget(type)),
    [...builtinTargets()],
  );
  assert.deepEqual(
    [findBuiltinTarget('nonsense'), findBuiltinTarget('__proto__'), findBuiltinTarget('constructor')],
    [undefined, undefined, undefined],
  );
});

test('targets are imported before those that refer to them', () => {
  assert.deepEqual(
    dependencyOrder(builtinTargets()).map((spec) => spec.type),
    [
      'customer_users',
      'agents',
      'accounts',
      'tickets',
      'time_entries',
      'companies',
      'contacts',
      'package',
      'jamaah',
      'payment',
    ],
  );
});

test('every built-in target has the table it says, with a column of the right type for each field', async () => {
  for (const spec of builtinTargets()) {
    const { rows } = await pool.query<{ name: string; type: string }>(
      `select "column_name" as "name", "data_type" as "type" from "information_schema"."columns"
       where "table_schema" = $1 and "table_name" = $2 and "is_generated" = 'NEVER' order by "ordinal_position"`,
      [spec.schema, spec.table],
    );
    const own = (name: string, type: string): { name: string; type: string } => ({ name, type });
    assert.deepEqual(
      rows,
      [
        own('id', 'uuid'),
        own('tenant_id', 'uuid'),
        own('source_id', 'uuid'),
        ...spec.fields.map((field) => own(field.column, SQL_TYPES[field.type])),
        own('source_hash', 'bytea'),
        own('created_at', 'timestamp with time zone'),
        own('updated_at', 'timestamp with time zone'),
      ],
      spec.type,
    );
  }
});

test('every reference of a built-in target is a foreign key to the target it names', async () => {
  const { rows } = await pool.query<{ key: string }>(
    `select format('%s.%s -> %s', "conrelid"::regclass, "attname", "confrelid"::regclass) as "key"
     from "pg_constraint" join "pg_attribute" on "attrelid" = "conrelid" and "attnum" = "conkey"[1]
     where "contype" = 'f' and "connamespace" = 'target'::regnamespace`,
  );
  const references = builtinTargets().flatMap((spec) =>
    spec.fields.flatMap((field) =>
      field.references === undefined ? [] : `target.${spec.table}.${field.column} -> target.${field.references}`,
    ),
  );
  assert.deepEqual(rows.map((row) => row.key).toSorted(), references.toSorted());
});

test('what identifies a record, and what it needs, are fields it has', () => {
  for (const spec of builtinTargets()) {
    const names = new Set(spec.fields.map((field) => field.name));
    assert.equal(names.size, spec.fields.length, `${spec.type} names a field twice`);
    assert.deepEqual(
      [...spec.identity, ...spec.anyOf].filter((name) => !names.has(name)),
      [],
      spec.type,
    );
  }
});

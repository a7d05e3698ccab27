import type { ColumnFacts } from '../domain/own-table.ts';
import type { FieldType, OwnColumn } from '../domain/target.ts';

const TYPES: Readonly<Record<string, FieldType>> = {
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  name: 'text',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  numeric: 'numeric',
  float4: 'numeric',
  float8: 'numeric',
  bool: 'boolean',
  date: 'date',
  timestamptz: 'timestamptz',
  timestamp: 'timestamptz',
};

/** What values of a column are; those of a type that has no rules here go in and out as PostgreSQL's own text. */
export function fieldTypeOf({ base }: ColumnFacts): FieldType {
  if (base.name === 'citext') return 'text';
  return (base.schema === 'pg_catalog' && Object.hasOwn(TYPES, base.name) ? TYPES[base.name] : undefined) ?? 'native';
}

/** A column as rows are written to it. */
export function ownColumn(column: ColumnFacts): OwnColumn {
  const { base, declared, notNull, identity } = column;
  return {
    declared,
    cast: castOf(column),
    notNull,
    filled: column.default !== null || identity !== '',
    always: identity === 'a',
    scale: scaleOf(base),
    zoneless: base.schema === 'pg_catalog' && base.name === 'timestamp',
  };
}

/** The quoted name of a column's type under domains, without length or scale. */
export function castOf({ base }: ColumnFacts): string {
  return [base.schema, base.name].map((name) => `"${name.replaceAll('"', '""')}"`).join('.');
}

/** How a type modifier says what is kept: numeric.c, `numeric_typmod_scale`; timestamp.c and date.c hold digits as such. */
function scaleOf({ schema, name, modifier }: ColumnFacts['base']): number | null {
  if (schema !== 'pg_catalog' || modifier < 0) return null;
  if (name === 'numeric') return (((modifier - 4) & 0x7ff) ^ 1_024) - 1_024;
  return ['timestamp', 'timestamptz', 'time', 'timetz'].includes(name) ? modifier : null;
}

import type { SourceSchema, SourceTable } from '../../domain/source-schema.ts';
import { builtinType } from '../postgres/expression/builtin-types.ts';
import type { DerivedRelation, DerivedSql } from '../postgres/expression/derived-relation.ts';
import type { Sql } from '../postgres/expression/fragment.ts';
import { findQualified, listedName } from '../postgres/catalog/table-names.ts';

const TEXT = builtinType('text', 'text');

/** Of a customer's e-mails the first of work (type 1), else his first of any. */
const customerEmail: DerivedRelation = {
  name: 'customer_email',
  columns: [
    { name: 'customer_id', family: 'integer', baseType: 'bigint' },
    { name: 'email', family: 'text', baseType: 'text' },
  ],
  key: 'customer_id',
  build(source, baseSchema) {
    const emails = tableWith(source, baseSchema, 'emails', ['id', 'customer_id', 'email']);
    if ('missing' in emails) return emails;
    // Compared as text: a number here, a word in databases that were moved from elsewhere.
    const work: Sql = has(emails, 'type') ? ['(d.type::', TEXT, " in ('1', 'work')) desc nulls last, "] : [];
    return firstOfEach(emails, { key: 'customer_id', order: [...work, 'd.id'], columns: ['d.customer_id', 'd.email'] });
  },
};

/** Of the threads of a conversation the one marked as its first, else the earliest that is no line item. */
const firstThread: DerivedRelation = {
  name: 'first_thread',
  columns: [
    { name: 'conversation_id', family: 'integer', baseType: 'bigint' },
    { name: 'body', family: 'text', baseType: 'text' },
  ],
  key: 'conversation_id',
  build(source, baseSchema) {
    const threads = tableWith(source, baseSchema, 'threads', ['id', 'conversation_id', 'body']);
    if ('missing' in threads) return threads;
    const marked: Sql = has(threads, 'first')
      ? ['d."first"::', builtinType('int4', 'integer'), ' desc nulls last, ']
      : [];
    const lines: Sql = has(threads, 'type') ? ['(d.type::', TEXT, " = '4') nulls first, "] : [];
    return firstOfEach(threads, {
      key: 'conversation_id',
      order: [...marked, ...lines, 'd.id'],
      columns: ['d.conversation_id', 'd.body'],
    });
  },
};

/** One string of JSON, quotes included, that PostgreSQL can turn into text: no zero character, no lone surrogate. */
const JSON_STRING = String.raw`"(?:[^"\\\x01-\x1f]|\\["\\/bfnrt]|\\u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4})+"`;

/** A customer's first phone number; found without parsing the column's JSON as a whole, which is broken here and there. */
const customerPhone: DerivedRelation = {
  name: 'customer_phone',
  columns: [
    { name: 'customer_id', family: 'integer', baseType: 'bigint' },
    { name: 'phone', family: 'text', baseType: 'text' },
  ],
  key: 'customer_id',
  build(source, baseSchema) {
    const customers = tableWith(source, baseSchema, 'customers', ['id', 'phones']);
    if ('missing' in customers) return customers;
    const pattern = { value: String.raw`"value"\s*:\s*(${JSON_STRING})`, cast: 'pg_catalog.text' };
    const found: Sql = [{ builtin: 'substring' }, '(d.phones::', TEXT, ', ', pattern, ')'];
    const phone: Sql = ['(', ...found, ')::', builtinType('json', 'json'), " #>> '{}'"];
    return {
      all: ['select d.id as customer_id, ', ...phone, ' as phone from ', relation(customers), ' as d'],
      ofKey: null,
    };
  },
};

/** The derived relations that joins may name, by their names. */
export const derivedRelations: ReadonlyMap<string, DerivedRelation> = new Map(
  [customerEmail, customerPhone, firstThread].map((each) => [each.name, each]),
);

/**
 * The first row of each key in an order. Asked for key by key where an index leads to a key's rows, so that reading
 * begins at once and touches nothing else; without such an index all at once, which then is far cheaper.
 */
function firstOfEach(
  table: SourceTable,
  { key, order, columns }: { key: string; order: Sql; columns: readonly string[] },
): DerivedSql {
  const from: Sql = [' from ', relation(table), ' as d'];
  const selected = columns.join(', ');
  const indexed = table.indexes.some((index) => index.columns[0]?.name === key);
  const ofKey = (value: Sql): Sql => [
    `select ${selected}`,
    ...from,
    ` where d.${key} = `,
    ...value,
    ' order by ',
    ...order,
    ' limit 1',
  ];
  return {
    all: [`select distinct on (d.${key}) ${selected}`, ...from, ` order by d.${key}, `, ...order],
    ofKey: indexed ? ofKey : null,
  };
}

function tableWith(
  source: SourceSchema,
  schema: string,
  name: string,
  columns: readonly string[],
): SourceTable | { readonly missing: string } {
  const table = findQualified(source, schema, name);
  if (!table) return { missing: `table ${name}` };
  const lacking = columns.find((column) => !has(table, column));
  return lacking === undefined ? table : { missing: `column ${name}.${lacking}` };
}

function has(table: SourceTable, column: string): boolean {
  return table.columns.some(({ name }) => name === column);
}

function relation({ schema, table, name }: SourceTable): Sql[number] {
  return {
    relation: { schema, table, listed: name === listedName(schema, table, schema) ? [table] : [schema, table] },
  };
}

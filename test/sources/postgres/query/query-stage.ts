import type { FieldMistakes } from '../../../../src/domain/errors.ts';
import type { QueryConfiguration, QueryField } from '../../../../src/domain/query.ts';
import type { SourceSchema } from '../../../../src/domain/source-schema.ts';
import { previewRows } from '../../../../src/sources/postgres/query/preview.ts';
import type { QueryPreview } from '../../../../src/sources/postgres/query/preview.ts';
import { NO_FILTERS, buildSourceQuery, checkConfiguration } from '../../../../src/sources/postgres/query/query.ts';
import type { QueryFilters } from '../../../../src/sources/postgres/query/query.ts';
import { createSource } from '../../source-database.ts';
import type { SourceDatabase } from '../../source-database.ts';

const TABLES = `
  create schema sales;
  create table customers (id int primary key, first_name varchar(255), last_name text, company text, active boolean,
    score numeric(6,2), tags text[], meta jsonb, created_at timestamp);
  create table emails (id int primary key, customer_id int, email text, type text);
  create table profiles (customer_id int primary key, bio text);
  create table sales.orders (id uuid primary key, customer_id bigint, made date);
  create table sales.customers (id int primary key, note text);
  create table nothing_dated (id int primary key, created_at text);
  create table no_key (a int, b text);
  create table "Order Details" ("Order ID" int primary key, "select" text);
  insert into customers select n, 'First' || n, case when n % 2 = 0 then 'Last' || n end, null, n % 2 = 0, n / 3.0,
    array['a', 'b'], '{"phones": [{"value": "07 1"}]}', timestamp '2024-01-01' + (n || ' days')::interval
    from generate_series(1, 20) n;
  insert into emails select n, n % 10 + 1, 'e' || n || '@example.com', case when n % 3 = 0 then 'work' else 'home' end
    from generate_series(1, 30) n;`;

/** Document 000's example, word for word. */
export const DOCUMENTED: QueryConfiguration = {
  baseTable: 'customers',
  joins: [
    { type: 'left', table: 'emails', on: 'emails.customer_id = customers.id', condition: "emails.type = 'work'" },
  ],
  fields: [
    { source: 'customers.id', target: 'external_id', transformation: null },
    { source: "CONCAT(customers.first_name, ' ', customers.last_name)", target: 'name', transformation: 'custom' },
  ],
  filters: [{ field: 'customers.created_at', operator: '>=', value: '2024-01-01' }],
  targetType: 'customer_users',
};

/** One field, `x`, of an expression. */
export function field(source: string): QueryField[] {
  return [{ source, target: 'x' }];
}

/** A source with a few tables, and what is asked of it over and over. */
export interface QueryStage {
  readonly source: SourceDatabase;
  readonly schema: SourceSchema;
  previewed(configuration: QueryConfiguration, filters?: QueryFilters, limit?: number): Promise<QueryPreview>;
  /** The mistakes of the document's example with these changes. */
  mistakesOf(changes: Partial<QueryConfiguration>, filters?: QueryFilters): Promise<FieldMistakes>;
}

export async function createQueryStage(): Promise<QueryStage> {
  const source = await createSource({ sql: TABLES });
  const schema = await source.introspect();
  return {
    source,
    schema,
    async previewed(configuration, filters = NO_FILTERS, limit = 1_000) {
      await using session = await source.open();
      const query = await buildSourceQuery(configuration, schema, filters);
      return await previewRows(session, query, limit);
    },
    async mistakesOf(changes, filters = NO_FILTERS) {
      return (await checkConfiguration({ ...DOCUMENTED, ...changes }, schema, filters)).mistakes;
    },
  };
}

import pg from 'pg';
import { createTestDatabase } from './database.ts';
import type { DirectoryColumn, Service } from '../../src/domain/directory/columns.ts';
import { columnsOf } from '../../src/domain/directory/columns.ts';
import { compileCount, compileSearch } from '../../src/vql/compile.ts';
import type { DirectoryRow } from '../../src/vql/compile.ts';
import { parseVql } from '../../src/vql/parse.ts';

export const TENANT = '00000000-0000-4000-8000-000000000001';
export const OTHER_TENANT = '00000000-0000-4000-8000-000000000002';

/** A row as a test gives it: wire names, and only what it has. */
export type GivenRow = Readonly<Record<string, unknown>>;

/** A directory of its own for one test file. */
export interface TestDirectory {
  readonly client: pg.Client;
  readonly url: string;
  insert(service: Service, rows: readonly GivenRow[], tenantId?: string): Promise<void>;
  search(service: Service, query: unknown, tenantId?: string): Promise<DirectoryRow[]>;
  count(service: Service, query: unknown, tenantId?: string): Promise<number>;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<DirectoryColumn['type'], string>> = {
  text: 'text',
  list: 'text[]',
  integer: 'bigint',
  date: 'date',
  uuid: 'uuid',
  time: 'timestamptz',
};

/** Opens an empty directory. */
export async function openDirectory(): Promise<TestDirectory> {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return {
    client,
    url: database.url,
    insert: (service, rows, tenantId = TENANT) => insertRows(client, service, rows, tenantId),
    search: async (service, query, tenantId = TENANT) => {
      const { statement, read } = compileSearch(parseVql(service, query), tenantId);
      const { rows } = await client.query<unknown[]>(statement);
      return rows.map(read);
    },
    count: async (service, query, tenantId = TENANT) => {
      const { rows } = await client.query<unknown[]>(compileCount(parseVql(service, query), tenantId));
      return Number(rows[0]?.[0]);
    },
    close: async () => {
      await client.end();
      await database.drop();
    },
  };
}

/** Inserts rows as they are, with a statement for each shape of row. */
export async function insertRows(
  client: pg.Client,
  service: Service,
  rows: readonly GivenRow[],
  tenantId: string,
): Promise<void> {
  const columns = columnsOf(service).filter(({ name }) => rows.some((row) => row[name] !== undefined));
  const table = service === 'company' ? 'companies' : 'contacts';
  const names = columns.map(({ column }) => `"${column}"`);
  for (let from = 0; from < rows.length; from += 500) {
    const part = rows.slice(from, from + 500);
    const values: unknown[] = [];
    const lines = part.map((row) => {
      const places = columns.map(({ name, type }) => {
        if (type === 'time' && row[name] === undefined) return 'now()';
        values.push(row[name] ?? null);
        return `$${values.length + 1}::${TYPES[type]}`;
      });
      return `($1, ${places.join(', ')})`;
    });
    await client.query(
      `insert into "target"."${table}" ("tenant_id", ${names.join(', ')}) values ${lines.join(', ')}`,
      [tenantId, ...values],
    );
  }
}

/** The row that document 002 prints of `/common/batch-upsert`. */
export const DOCUMENTED_ROW = {
  company: 'Acme Corporation',
  company_linkedin_url: 'https://linkedin.com/company/acme-corp',
  email: 'john.doe@acme.com',
  first_name: 'John',
  last_name: 'Doe',
  title: 'Senior Software Engineer',
  departments: 'Engineering, Product',
  employees: '500',
  industry: 'Technology, Software',
  company_city: 'San Francisco',
  company_state: 'California',
  company_country: 'United States',
  mobile_phone: '+1-555-123-4567',
  person_linkedin_url: 'https://linkedin.com/in/johndoe',
};

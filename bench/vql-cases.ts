import type { Service } from '../src/domain/directory/columns.ts';
import { COUNTRIES, DEPARTMENTS, INDUSTRIES, KEYWORDS, SENIORITIES } from './directory.ts';

/** One kind of query, in as many variations as are asked for. */
export interface VqlCase {
  readonly name: string;
  readonly service: Service;
  readonly kind: 'rows' | 'count' | 'cursor';
  /** What 95 of 100 of them may take, in milliseconds; null: told, not held against anything. */
  readonly limit: number | null;
  /** The body of the request; `run` counts from 0, and the first is the documented one. */
  readonly query: (run: number) => Readonly<Record<string, unknown>>;
}

const pick = (from: readonly string[], run: number): string => from[run % Math.min(8, from.length)] ?? '';
const keywords = (must: object): object => ({ where: { keyword_match: { must } } });

const companies = (run: number): Readonly<Record<string, unknown>> => ({
  where: {
    text_matches: {
      must: [
        {
          text_value: pick(['artificial intelligence', ...KEYWORDS], run),
          filter_key: 'keywords',
          search_type: 'match_phrase',
        },
      ],
    },
    keyword_match: { must: { country: [pick(COUNTRIES, run)], industries: [pick(INDUSTRIES, run).toLowerCase()] } },
    range_query: { must: { employees_count: { gte: 100, lte: 5000 } } },
  },
  order_by: [{ order_by: 'employees_count', order_direction: 'desc' }],
  select_columns: ['uuid', 'name', 'industries', 'employees_count', 'website'],
  limit: 25,
});
const contacts = (run: number): Readonly<Record<string, unknown>> => ({
  where: {
    keyword_match: {
      must: {
        seniority: [pick(SENIORITIES, run), pick(['manager', ...SENIORITIES.slice(1)], run)],
        departments: [pick(DEPARTMENTS, run).toLowerCase()],
      },
    },
  },
  select_columns: ['uuid', 'first_name', 'last_name', 'email', 'title'],
  company_config: { populate: true, select_columns: ['uuid', 'name', 'website'] },
  limit: 25,
});
const whereOf = (query: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  where: query['where'],
});

/** What the document prints, pages behind cursors, and what its words allow besides. */
export const CASES: readonly VqlCase[] = [
  { name: 'companies by filter', service: 'company', kind: 'rows', limit: 100, query: companies },
  {
    name: 'companies by filter, counted',
    service: 'company',
    kind: 'count',
    limit: 100,
    query: (run) => whereOf(companies(run)),
  },
  {
    name: 'companies count (country)',
    service: 'company',
    kind: 'count',
    limit: 100,
    query: (run) => ({ ...keywords({ country: [pick(COUNTRIES, run)] }) }),
  },
  { name: 'contacts by filter, with company', service: 'contact', kind: 'rows', limit: 100, query: contacts },
  {
    name: 'contacts by filter, counted',
    service: 'contact',
    kind: 'count',
    limit: 100,
    query: (run) => whereOf(contacts(run)),
  },
  {
    name: 'contacts count (country, seniority)',
    service: 'contact',
    kind: 'count',
    limit: 100,
    query: (run) => ({ ...keywords({ country: [pick(COUNTRIES, run)], seniority: [pick(SENIORITIES, run)] }) }),
  },
  {
    name: 'export query, a page of it',
    service: 'contact',
    kind: 'rows',
    limit: 100,
    query: (run) => ({
      ...keywords({ country: [pick(COUNTRIES, run)] }),
      select_columns: ['first_name', 'last_name', 'email'],
      limit: 100,
    }),
  },
  { name: 'cursor: contacts, all', service: 'contact', kind: 'cursor', limit: 50, query: () => ({}) },
  { name: 'cursor: contacts by filter', service: 'contact', kind: 'cursor', limit: 50, query: () => contacts(0) },
  {
    name: 'cursor: contacts of a country',
    service: 'contact',
    kind: 'cursor',
    limit: 50,
    query: () => ({ ...keywords({ country: ['united states'] }), limit: 100 }),
  },
  {
    name: 'cursor: contacts, newest first',
    service: 'contact',
    kind: 'cursor',
    limit: 50,
    query: () => ({ order_by: [{ order_by: 'created_at', order_direction: 'desc' }] }),
  },
  {
    name: 'cursor: companies, largest first',
    service: 'company',
    kind: 'cursor',
    limit: 50,
    query: () => ({ order_by: [{ order_by: 'employees_count', order_direction: 'desc' }] }),
  },
  { name: 'cursor: companies by filter', service: 'company', kind: 'cursor', limit: 50, query: () => companies(0) },
  {
    name: 'contacts by title, as it is typed',
    service: 'contact',
    kind: 'rows',
    limit: null,
    query: (run) => ({
      where: {
        text_matches: {
          must: [
            {
              filter_key: 'title',
              search_type: 'match_phrase_prefix',
              text_value: pick(['senior soft', 'lead da', 'chief p', 'staff sec'], run),
            },
          ],
        },
      },
    }),
  },
  {
    name: 'contacts count (country alone)',
    service: 'contact',
    kind: 'count',
    limit: null,
    query: (run) => ({ ...keywords({ country: [pick(COUNTRIES, run)] }) }),
  },
  {
    name: 'contacts by e-mail',
    service: 'contact',
    kind: 'rows',
    limit: null,
    query: (run) => ({ ...keywords({ email: [`Person.${run + 1}@c-${run + 1}.example.com`] }) }),
  },
];

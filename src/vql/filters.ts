import type { Service } from '../domain/directory/columns.ts';

export type FilterType = 'keyword' | 'text' | 'range';

/** What a company or contact may be asked for. */
export interface Filter {
  readonly key: string;
  readonly type: FilterType;
  readonly displayName: string;
  /** Whether the values there are can be listed. */
  readonly listed: boolean;
  readonly how: KeywordSearch | TextSearch | RangeSearch;
}

/**
 * How keywords are found. `facet`: in the list of the row's `key=value` pairs, by the GIN index. `plain`: by the
 * column's own value, folded. `uuid`: by a uuid.
 */
export type KeywordSearch =
  | FacetSearch
  | { readonly kind: 'plain'; readonly column: string }
  | { readonly kind: 'uuid'; readonly column: string };

export interface FacetSearch {
  readonly kind: 'facet';
  /** The SQL of all pairs of a row, which is what the index holds. */
  readonly facets: string;
  /** The SQL of those of this key (others may be among them): less work where a row is looked at and not the index. */
  readonly pairs: string;
  /** The column that an index for counting holds, if there is one. */
  readonly covered?: string;
}

/** The SQL of the words of a text. */
export interface TextSearch {
  readonly kind: 'words';
  readonly words: string;
}

export interface RangeSearch {
  readonly kind: 'integer' | 'date' | 'time';
  readonly column: string;
}

const titled = (key: string): string =>
  (DISPLAY_NAMES[key] ?? key).replaceAll('_', ' ').replace(/^\p{L}|(?<= )\p{L}/gu, (letter) => letter.toUpperCase());
const DISPLAY_NAMES: Readonly<Record<string, string>> = {
  seniority: 'Seniority Level',
  uuid: 'UUID',
  company_id: 'Company ID',
  linkedin_url: 'LinkedIn URL',
};

const filter = (key: string, type: FilterType, how: Filter['how'], listed = false): Filter => ({
  key,
  type,
  displayName: titled(key),
  listed,
  how,
});
const facet = (key: string, how: Omit<FacetSearch, 'kind'>, listed = true): Filter =>
  filter(key, 'keyword', { kind: 'facet', ...how }, listed);
/** Values nobody could choose from are not listed. */
const TOO_MANY = false;
/** Companies keep their facets in a column. */
const STORED = { facets: '"facets"', pairs: '"facets"' };
/** Facets of contacts are in the index alone: their rows are as narrow as can be, for counting reads many. */
const CONTACT_FACETS =
  'directory_contact_facets("city", "state", "country", "seniority", "email_status", "stage", "departments")';
const indexed = (key: string): Omit<FacetSearch, 'kind'> => ({
  facets: CONTACT_FACETS,
  pairs: `array['${key}=' || directory_key("${key}")]`,
});
const plain = (key: string): Filter => filter(key, 'keyword', { kind: 'plain', column: key });
const uuid = (key: string, column: string): Filter => filter(key, 'keyword', { kind: 'uuid', column });
const words = (key: string, sql: string): Filter => filter(key, 'text', { kind: 'words', words: sql });
const range = (key: string, kind: RangeSearch['kind']): Filter => filter(key, 'range', { kind, column: key });

const FILTERS: Readonly<Record<Service, readonly Filter[]>> = {
  company: [
    words('name', '"name_words"'),
    words('keywords', '"keywords_words"'),
    facet('country', { ...STORED, covered: 'country_key' }),
    facet('state', STORED),
    facet('city', STORED),
    facet('industries', STORED),
    facet('technologies', STORED),
    facet('linkedin_url', STORED, TOO_MANY),
    facet('website', STORED, TOO_MANY),
    facet('normalized_domain', STORED, TOO_MANY),
    uuid('uuid', 'id'),
    range('employees_count', 'integer'),
    range('annual_revenue', 'integer'),
    range('total_funding', 'integer'),
    range('latest_funding_amount', 'integer'),
    range('last_raised_at', 'date'),
    range('created_at', 'time'),
    range('updated_at', 'time'),
  ],
  contact: [
    words('first_name', 'directory_words("first_name")'),
    words('last_name', 'directory_words("last_name")'),
    words('title', '"title_words"'),
    facet('country', { ...indexed('country'), covered: 'country_key' }),
    facet('state', indexed('state')),
    facet('city', indexed('city')),
    facet('seniority', { ...indexed('seniority'), covered: 'seniority_key' }),
    facet('departments', { facets: CONTACT_FACETS, pairs: `directory_keys('departments', "departments")` }),
    facet('email_status', indexed('email_status')),
    facet('stage', indexed('stage')),
    plain('email'),
    plain('linkedin_url'),
    uuid('company_id', 'company_id'),
    uuid('uuid', 'id'),
    range('created_at', 'time'),
    range('updated_at', 'time'),
  ],
};

/** All filters of a service, in the order in which they are shown. */
export function filtersOf(service: Service): readonly Filter[] {
  return FILTERS[service];
}

/** A filter by its key, or undefined. */
export function findFilter(service: Service, key: string): Filter | undefined {
  return FILTERS[service].find((candidate) => candidate.key === key);
}

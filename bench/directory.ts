import type pg from 'pg';
import { CITIES, COMPANIES, GIVEN_NAMES, SURNAMES } from './people-words.ts';

/** The tenant whose directory is made. */
export const TENANT = '00000000-0000-4000-8000-000000000001';

/** Frequent ones first. */
export const COUNTRIES = (
  'united states|united kingdom|india|germany|france|canada|brazil|australia|spain|italy|netherlands|sweden|poland|japan|' +
  'mexico|singapore|ireland|switzerland|belgium|denmark|norway|finland|austria|portugal|israel|south africa|argentina|chile|kenya|egypt'
).split('|');
export const SENIORITIES = 'senior|entry|manager|director|vp|head|c suite|owner|partner|intern'.split('|');
export const DEPARTMENTS =
  'Engineering|Sales|Marketing|Operations|Finance|Product|Human Resources|Support|Legal|Design|Data|Consulting'.split(
    '|',
  );
export const INDUSTRIES =
  'Technology|Software|Financial Services|Healthcare|Retail|Manufacturing|Education|Logistics|Real Estate|Energy|Media|Telecom'.split(
    '|',
  );
export const KEYWORDS = (
  'saas|cloud computing|artificial intelligence|machine learning|data analytics|e-commerce|cyber security|artificial turf|' +
  'business intelligence|internet of things|robotics|supply chain|mobile apps|consulting|digital marketing|fintech'
).split('|');
const TECHNOLOGIES =
  'PostgreSQL|React|Node.js|AWS|Kubernetes|Salesforce|HubSpot|Python|Java|Terraform|Snowflake|Shopify'.split('|');
const RANKS = 'Senior|Junior|Lead|Principal|Staff|Associate|Chief|Deputy'.split('|');
const FIELDS = 'Software|Data|Sales|Product|Marketing|Security|Platform|Financial|Quality|Hardware'.split('|');
const ROLES = 'Engineer|Manager|Analyst|Director|Specialist|Consultant|Architect|Officer'.split('|');

const LISTS: Readonly<Record<string, readonly string[]>> = {
  given: GIVEN_NAMES.slice(0, 200),
  surname: SURNAMES,
  firm: COMPANIES,
  city: CITIES.map(([city]) => city.toLowerCase()),
  country: COUNTRIES,
  seniority: SENIORITIES,
  department: DEPARTMENTS,
  industry: INDUSTRIES,
  keyword: KEYWORDS,
  technology: TECHNOLOGIES,
  rank: RANKS,
  field: FIELDS,
  role: ROLES,
};
const names = Object.keys(LISTS);

/** From 0 to 1, the same for ever for the same row and salt. */
const fraction = (salt: number): string => `((hashint8extended(i, ${salt}) & 1048575) / 1048576.0)`;
const place = (list: string): string => `$${3 + names.indexOf(list)}::text[]`;
/** A word of a list; the first ones come most often. */
const word = (list: string, salt: number): string =>
  `(${place(list)})[1 + floor(cardinality(${place(list)}) * ${fraction(salt)} * ${fraction(salt + 500)})::int]`;

/** A word of a list, each as often as any other. */
const evenly = (list: string, salt: number): string =>
  `(${place(list)})[1 + floor(cardinality(${place(list)}) * ${fraction(salt)})::int]`;

/** The uuid of a company or contact by its number. */
const id = (number: string, kind: string): string => `md5('${kind}' || (${number}))::uuid`;

const COMPANIES_SQL = `
  insert into "target"."companies" ("id", "tenant_id", "name", "employees_count", "industries", "keywords",
    "technologies", "city", "state", "country", "linkedin_url", "website", "created_at")
  select ${id('i', 'company')}, '${TENANT}', ${word('firm', 1)} || ' ' || i, floor(exp(${fraction(2)} * 11))::bigint,
    array[${evenly('industry', 3)}, ${evenly('industry', 4)}],
    array[${evenly('keyword', 5)}, ${evenly('keyword', 6)}, ${evenly('keyword', 7)}],
    array[${evenly('technology', 8)}, ${evenly('technology', 9)}],
    ${word('city', 10)}, 'state ' || (i % 60), ${word('country', 11)},
    'https://linkedin.com/company/c-' || i, 'https://c-' || i || '.example.com',
    timestamptz '2024-01-01Z' + i * interval '1 minute'
  from generate_series($1::bigint, $2::bigint) as i`;

const contactsSql = (companies: number): string => `
  insert into "target"."contacts" ("id", "tenant_id", "first_name", "last_name", "company_id", "email", "title",
    "departments", "mobile_phone", "email_status", "seniority", "city", "state", "country", "linkedin_url", "created_at")
  select ${id('i', 'contact')}, '${TENANT}', ${word('given', 21)}, ${word('surname', 22)},
    ${id(`i % ${companies}`, 'company')}, 'person.' || i || '@c-' || (i % ${companies}) || '.example.com',
    ${word('rank', 23)} || ' ' || ${word('field', 24)} || ' ' || ${word('role', 25)},
    array[${evenly('department', 26)}, ${evenly('department', 27)}], '+1-555-' || i,
    (array['verified', 'guessed', 'unavailable'])[1 + i % 3], ${evenly('seniority', 28)},
    ${word('city', 29)}, 'state ' || (i % 60), ${word('country', 30)}, 'https://linkedin.com/in/p-' || i,
    timestamptz '2024-01-01Z' + i / 10000 * interval '1 minute'
  from generate_series($1::bigint, $2::bigint) as i`;

/** Rows of one statement, as many as an import commits at once. */
const CHUNK = 10_000;

/** Fills an empty directory; the same numbers give the same rows. */
export async function makeDirectory(
  client: pg.Client,
  size: { readonly contacts: number; readonly companies: number },
  report: (line: string) => void,
): Promise<void> {
  await fill(client, 'companies', COMPANIES_SQL, size.companies, report);
  await fill(client, 'contacts', contactsSql(size.companies), size.contacts, report);
  report('Vacuum and analyze');
  await client.query('vacuum (analyze) "target"."companies", "target"."contacts", "directory_values"');
  await client.query('checkpoint');
}

async function fill(
  client: pg.Client,
  what: string,
  sql: string,
  count: number,
  report: (line: string) => void,
): Promise<void> {
  const lists = Object.values(LISTS);
  const started = performance.now();
  // PostgreSQL wants a type for each parameter, used or not.
  const unused = lists.map((_, index) => `$${index + 3}::text[]`).join(', ');
  for (let from = 1; from <= count; from += CHUNK) {
    const to = Math.min(from + CHUNK - 1, count);
    await client.query(`with "unused" as (select ${unused}) ${sql}`, [from, to, ...lists]);
    if (to % 100_000 === 0 || to === count) {
      const seconds = (performance.now() - started) / 1000;
      report(`${to} ${what} in ${seconds.toFixed(1)} s`);
    }
  }
}

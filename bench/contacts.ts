import type pg from 'pg';

/** The columns of a contact, in the order of the target's fields; `external_id` is the key. */
export const CONTACT_COLUMNS: readonly string[] = [
  'external_id',
  'name',
  'first_name',
  'last_name',
  'email',
  'phone',
  'company',
  'job_title',
  'street',
  'city',
  'state',
  'postcode',
  'country',
  'birth_date',
];

/** Everything as it was made first, and the same with 60 % unchanged, 30 % changed and 10 % new rows. */
export const CONTACTS = 'contacts';
export const CONTACTS_DELTA = 'contacts_delta';

const words = (text: string): string => `array['${text.replaceAll(' ', "', '")}']`;

const LISTS: Readonly<Record<string, string>> = {
  first: words('Anna Boris Carla Daniel Elif Farid Greta Henrik Ingrid Jonas Katarzyna Leon Mirela Nadia Oskar Paula'),
  last: words('Abel Baumann Castillo Dvorak Eriksson Fontaine Hoffmann Ibrahim Jansen Kowalski Lindqvist Moreau Novak'),
  firm: words('Alder Beacon Cobalt Drift Ember Fathom Granite Harbour Iron Juniper Kestrel Lumen Marlow North Orchard'),
  trade: words('Freight Labs Logistics Foods Optics Robotics Shipping Systems Textiles Tools Trading Works'),
  street: words('Almond Birch Canal Dock Elm Ferry Garden Harbour Island Juniper King Lime Mill North Oak Park Quay'),
  town: words('Bergen Brno Danzig Graz Leeds Luebeck Malmo Nantes Porto Tallahassee Utrecht Joinville'),
  role: words('Accountant Buyer Dispatcher Engineer Manager Planner Specialist Supervisor Technician'),
  land: words('NO CZ PL AT GB DE SE FR PT US NL BR'),
};

/** A word of a list, chosen by the hash of the row's number with a salt. */
const pick = (list: keyof typeof LISTS, salt: number): string =>
  `(${list})[1 + (hashint8extended(id, ${salt}) & 1048575) % cardinality(${list})]`;
const digits = (salt: number, from: number, span: number): string =>
  `(${from} + (hashint8extended(id, ${salt}) & 1073741823) % ${span})`;

/** A select that makes contacts of the rows of `from` with a column `id`; `version` changes telephone and job. */
function contacts(seed: number, from: string, version: number): string {
  const salted = (salt: number): number => seed * 100 + salt;
  const lists = Object.entries(LISTS).map(([name, list]) => `${list} as ${name}`);
  return `
    select id, first_name || ' ' || last_name as name, first_name, last_name,
      lower(first_name || '.' || last_name) || '.' || id || '@' || lower(firm_name) || '.example.com' as email,
      '+' || ${digits(salted(1), 30, 60)} || ' ' || ${digits(salted(2 + version * 10), 1_000_000, 9_000_000)} as phone,
      firm_name || ' ' || ${pick('trade', salted(3))} || ' International' as company,
      ${pick('role', salted(4 + version * 10))} || ' of ' || ${pick('trade', salted(5))} as job_title,
      ${digits(salted(6), 1, 250)} || ' ' || ${pick('street', salted(7))} || ' Street, Building ' || ${digits(salted(8), 1, 40)} as street,
      ${pick('town', salted(9))} as city, 'District ' || ${digits(salted(10), 1, 90)} as state,
      ${digits(salted(11), 10_000, 90_000)}::text as postcode, ${pick('land', salted(12))} as country,
      date '1940-01-01' + ${digits(salted(13), 0, 25_000)}::int as birth_date
    from ${from}
    cross join (select ${lists.join(', ')}) as lists
    cross join lateral (select ${pick('first', salted(14))} as first_name, ${pick('last', salted(15))} as last_name,
      ${pick('firm', salted(16))} as firm_name) as names`;
}

/** Makes both source tables anew, inside PostgreSQL; the same seed gives the same rows. */
export async function makeContacts(client: pg.Client, rows: number, seed: number): Promise<void> {
  await client.query(`drop table if exists ${CONTACTS}, ${CONTACTS_DELTA}`);
  await client.query(`create table ${CONTACTS} as
    ${contacts(seed, `generate_series(1::bigint, ${rows}) as id`, 0)}`);
  // By ten: one leaves, three change, six stay; as many new ones come as have left.
  await client.query(`create table ${CONTACTS_DELTA} as
    select * from ${CONTACTS} where id % 10 > 3
    union all ${contacts(seed, `(select id from ${CONTACTS} where id % 10 between 1 and 3) as changed`, 1)}
    union all ${contacts(seed, `generate_series(${rows + 1}::bigint, ${rows + Math.floor(rows / 10)}) as id`, 0)}`);
  for (const table of [CONTACTS, CONTACTS_DELTA]) {
    await client.query(`alter table ${table} add primary key (id)`);
    await client.query(`vacuum (analyze) ${table}`);
  }
}

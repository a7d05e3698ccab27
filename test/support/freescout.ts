import pg from 'pg';

/**
 * What the FreeScout template must give, in SQL of the tests' own, written from FreeScout's schema and never from the
 * template: external id and fields of each type, as text.
 */
const name = (table: string): string =>
  `case when coalesce(${table}.first_name, '') = '' then nullif(${table}.last_name, '')
     when coalesce(${table}.last_name, '') = '' then ${table}.first_name
     else ${table}.first_name || ' ' || ${table}.last_name end`;
const moment = (column: string): string => `to_char(${column}, 'YYYY-MM-DD HH24:MI:SS')`;
const isAgent = (table: string): string => `${table}.type <> 2 and ${table}.status <> 3`;
/** One whose time of creation is none that a record can have fails, and does not arrive. */
const isCustomer = (table: string): string =>
  `(${table}.created_at is null or (isfinite(${table}.created_at) and extract(year from ${table}.created_at) between 1 and 9999))`;
const isTicket = (table: string): string => `${table}.state = 2 and ${table}.status <> 4`;

export const EXPECTED: Readonly<Record<string, string>> = {
  agents: `
    select u.id::text as external_id, ${name('u')} as name, u.first_name, u.last_name, u.email, u.phone, u.job_title,
      case u.role when 1 then 'user' when 2 then 'admin' else u.role::text end as role,
      case u.status when 1 then 'active' when 2 then 'disabled' else u.status::text end as status, u.timezone,
      ${moment('u.created_at')} as source_created_at
    from users u where ${isAgent('u')}`,
  customer_users: `
    select c.id::text as external_id, ${name('c')} as name, c.first_name, c.last_name,
      coalesce(
        (select e.email from emails e where e.customer_id = c.id and e.type = 1 and not exists
          (select from emails f where f.customer_id = c.id and f.type = 1 and f.id < e.id)),
        (select e.email from emails e where e.id = (select min(f.id) from emails f where f.customer_id = c.id))) as email,
      case when coalesce(c.phones, '') = '' then null when c.phones is json array then c.phones::json -> 0 ->> 'value' else 'whatever it gives' end as phone,
      c.company, c.job_title, c.address as street, c.city, c.state, c.zip as postcode, c.country, c.notes,
      ${moment('c.created_at')} as source_created_at
    from customers c where ${isCustomer('c')}`,
  tickets: `
    select v.id::text as external_id, v.number::text as number, v.subject,
      case v.status when 1 then 'open' when 2 then 'pending' when 3 then 'closed' else v.status::text end as status,
      case v.type when 1 then 'email' when 2 then 'phone' when 3 then 'chat' else v.type::text end as channel,
      (select t.body from threads t where t.id = coalesce(
        (select min(f.id) from threads f where f.conversation_id = v.id and f.first),
        (select min(f.id) from threads f where f.conversation_id = v.id and f.type <> 4),
        (select min(f.id) from threads f where f.conversation_id = v.id))) as description,
      (select c.id::text from customers c where c.id = v.customer_id and ${isCustomer('c')}) as customer,
      (select u.id::text from users u where u.id = v.user_id and ${isAgent('u')}) as agent,
      ${moment('v.closed_at')} as closed_at, ${moment('v.created_at')} as source_created_at,
      ${moment('v.updated_at')} as source_updated_at
    from conversations v where ${isTicket('v')}`,
  time_entries: `
    select l.id::text as external_id, round(l.time_spent / 60.0)::text as duration, v.id::text as ticket,
      (select u.id::text from users u where u.id = l.user_id and ${isAgent('u')}) as agent,
      ${moment('l.created_at')} as source_created_at
    from timelogs l join conversations v on v.id = l.conversation_id
    where l.finished and ${isTicket('v')}`,
};

const utc = (column: string): string => moment(`r.${column} at time zone 'UTC'`);

/** The same of what arrived, in the product's own store. */
const ARRIVED: Readonly<Record<string, string>> = {
  agents: `
    select r.external_id, r.name, r.first_name, r.last_name, r.email, r.phone, r.job_title, r.role,
      r.status, r.timezone, ${utc('source_created_at')} as source_created_at
    from target.agents r`,
  customer_users: `
    select r.external_id, r.name, r.first_name, r.last_name, r.email, r.phone, r.company, r.job_title, r.street, r.city,
      r.state, r.postcode, r.country, r.notes, ${utc('source_created_at')} as source_created_at
    from target.customer_users r`,
  tickets: `
    select r.external_id, r.number, r.subject, r.status, r.channel, r.description, c.external_id as customer, a.external_id as agent,
      ${utc('closed_at')} as closed_at, ${utc('source_created_at')} as source_created_at,
      ${utc('source_updated_at')} as source_updated_at
    from target.tickets r left join target.customer_users c on c.id = r.customer_user_id
      left join target.agents a on a.id = r.agent_id`,
  time_entries: `
    select r.external_id, round(r.duration)::text as duration, t.external_id as ticket, a.external_id as agent,
      ${utc('source_created_at')} as source_created_at
    from target.time_entries r left join target.tickets t on t.id = r.ticket_id
      left join target.agents a on a.id = r.agent_id`,
};

export const FREESCOUT_TYPES = ['agents', 'customer_users', 'tickets', 'time_entries'] as const;

type Fields = Readonly<Record<string, string | null>>;

/** How many rows of a type the source must give. */
export async function expectedCount(source: pg.Client, type: string): Promise<number> {
  const { rows } = await source.query<{ count: number }>(`select count(*)::int as count from (${EXPECTED[type]}) as x`);
  return rows[0]?.count ?? -1;
}

/** Fields of up to `count` rows of a type, chosen by a hash that the seed turns over, by external id. */
export async function expectedSample(
  source: pg.Client,
  type: string,
  count: number,
  seed: string,
): Promise<Map<string, Fields>> {
  const { rows } = await source.query<{ external_id: string } & Fields>(
    `select * from (${EXPECTED[type]}) as x order by md5($1 || x.external_id) limit $2`,
    [seed, count],
  );
  return new Map(rows.map((row) => [row.external_id, { ...row }]));
}

/** What arrived of a type under the given external ids. */
export async function arrived(store: pg.Client, type: string, ids: readonly string[]): Promise<Map<string, Fields>> {
  const { rows } = await store.query<{ external_id: string } & Fields>(
    `select * from (${ARRIVED[type]}) as x where x.external_id = any($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.external_id, { ...row }]));
}

/** Where each row of a target lies and which transaction wrote it: what changes when a row is written at all. */
export async function versions(store: pg.Client, type: string): Promise<Map<string, string>> {
  const { rows } = await store.query<{ external_id: string; version: string }>(
    `select external_id, concat(ctid, ' ', xmin) as version from target.${pg.escapeIdentifier(type)}`,
  );
  return new Map(rows.map((row) => [row.external_id, row.version]));
}

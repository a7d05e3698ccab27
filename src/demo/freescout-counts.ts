import type pg from 'pg';

/**
 * Counts, in a FreeScout database, what each type must give: users who are neither robots nor deleted, all customers,
 * published conversations that are no spam, finished time logs of these. A table that is not there gives nothing.
 */
export async function countFreescout(client: pg.Client): Promise<Readonly<Record<string, number>>> {
  const count = async (tables: readonly string[], sql: string): Promise<number> => {
    const { rows: found } = await client.query<{ missing: boolean }>(
      'select exists (select from unnest($1::text[]) as t (name) where to_regclass(name) is null) as missing',
      [tables.map((table) => `public.${table}`)],
    );
    if (found[0]?.missing !== false) return 0;
    const { rows } = await client.query<{ count: string }>(sql);
    return Number(rows[0]?.count);
  };
  const ticket = `from public.conversations as c where c.state = 2 and c.status in (1, 2, 3)`;
  return {
    agents: await count(['users'], 'select count(*) from public.users where type <> 2 and status <> 3'),
    customer_users: await count(['customers'], 'select count(*) from public.customers'),
    tickets: await count(['conversations'], `select count(*) ${ticket}`),
    time_entries: await count(
      ['timelogs', 'conversations'],
      `select count(*) from public.timelogs as l where l.finished and l.conversation_id in (select c.id ${ticket})`,
    ),
  };
}

import type { PoolClient } from 'pg';
import type { OwnSpec } from '../../domain/target.ts';
import { newRecordId } from '../commit/record-id.ts';

/** Runs a statement whose parameters are `$1`, `$2` …, each named once and in this order. */
export type RunSql = <Row>(sql: string, values: readonly (string | number)[]) => Promise<Row[]>;

/** On a session of the driver's own. */
export function runOn(client: PoolClient): RunSql {
  return async (sql, values) => (await client.query(sql, [...values])).rows;
}

/** What a row of an own table is known by from now on. */
export interface Link {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

interface LinkRow {
  readonly key: string;
  readonly id: string;
  readonly since: string;
}

/**
 * The links of rows by their keys, in the keys' order. Rows that no one has met before are linked now; who does the same
 * at the same time gets the same ids.
 */
export async function linkKeys(
  run: RunSql,
  { own }: OwnSpec,
  keys: readonly (readonly string[])[],
): Promise<readonly Link[]> {
  if (keys.length === 0) return [];
  const wanted = keys.map((key) => ({ id: newRecordId(), key }));
  const since = `(extract(epoch from "created_at") * 1000)::text as "since"`;
  const added = await run<LinkRow>(
    `insert into "import_own_records" ("id", "target_number", "row_key")
     select "k"."id", $1::integer, array(select jsonb_array_elements_text("k"."key"))
     from jsonb_to_recordset($2::jsonb) as "k" ("id" uuid, "key" jsonb)
     on conflict do nothing
     returning to_json("row_key")::text as "key", "id", ${since}`,
    [own.number, JSON.stringify(wanted)],
  );
  const links = linksOf(added);
  const others = keys.filter((key) => !links.has(JSON.stringify(key)));
  if (others.length > 0) {
    const known = await run<LinkRow>(
      `select to_json("row_key")::text as "key", "id", ${since} from "import_own_records"
       where "target_number" = $1::integer and "row_key" in (
         select array(select jsonb_array_elements_text("k"."key")) from jsonb_array_elements($2::jsonb) as "k" ("key"))`,
      [own.number, JSON.stringify(others)],
    );
    for (const [key, link] of linksOf(known)) links.set(key, link);
  }
  return keys.map((key) => {
    const link = links.get(JSON.stringify(key));
    if (!link) throw new Error(`the row ${JSON.stringify(key)} has no link`);
    return link;
  });
}

/** By keys as JavaScript writes them: PostgreSQL puts blanks in between. */
function linksOf(rows: readonly LinkRow[]): Map<string, Link> {
  return new Map(
    rows.map(({ key, id, since }) => [JSON.stringify(JSON.parse(key)), { id, since: Number(since) }] as const),
  );
}

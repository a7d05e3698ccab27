import type { EntityManager } from '@mikro-orm/postgresql';

/** The indexes that take new rows into a list first, which every search reads as well. */
const SEARCHED = ['"target"."contacts_search"', '"target"."companies_search"'];

/**
 * Files what was written since the last time in the indexes of the directory. Whoever writes would do it himself when the
 * list has grown long, and whoever waits for him would wait for that; a search finds everything either way. Where the
 * indexes are somebody else's nothing happens.
 */
export async function fileSearchBacklog(em: EntityManager): Promise<void> {
  await em.execute(
    `select gin_clean_pending_list("oid"::regclass) from "pg_class"
     where "oid" = any(?::regclass[]::oid[]) and pg_has_role("relowner", 'usage')`,
    [`{${SEARCHED.map((name) => `"${name.replaceAll('"', String.raw`\"`)}"`).join(',')}}`],
  );
}

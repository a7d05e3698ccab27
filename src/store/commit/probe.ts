import type { TargetSpec } from '../../domain/target.ts';
import { exactKeyOf } from '../../rows/exact-keys.ts';
import type { ExactKey } from '../../rows/exact-keys.ts';
import type { Candidate } from '../../rows/candidate.ts';
import type { KnownRecord } from '../../rows/decide.ts';
import { qualified, quoted } from '../identifier.ts';
import type { ChunkContext } from './chunk.ts';

/** The text `normaliseExact` makes of a value, in SQL. */
const normalisedSql = (column: string): string => `lower(btrim(regexp_replace(${column}, '\\s+', ' ', 'g')))`;

/**
 * The records that rows of this source became before, by identifier: those they made (their `external_id`) and those
 * they were merged into (their alias). Where both exist the alias, which is younger, counts.
 */
export async function findByIdentifier(
  { client, tenantId, sourceId }: Pick<ChunkContext, 'client' | 'tenantId' | 'sourceId'>,
  spec: TargetSpec,
  identifiers: readonly string[],
): Promise<Map<string, KnownRecord>> {
  if (identifiers.length === 0) return new Map();
  const table = qualified(spec.schema, spec.table);
  const { rows } = await client.query<[string, string, string | null, boolean]>({
    rowMode: 'array',
    text: `
      select "external_id", "id"::text, encode("source_hash", 'hex'), false
      from ${table}
      where "tenant_id" = $1 and "source_id" = $2 and "external_id" = any($3::text[])
      union all
      select "a"."external_id", "a"."target_id"::text, encode("a"."source_hash", 'hex'), true
      from "import_aliases" as "a" join ${table} as "t" on "t"."id" = "a"."target_id"
      where "a"."tenant_id" = $1 and "a"."source_id" = $2 and "a"."target_type" = $4
        and "a"."external_id" = any($3::text[])`,
    values: [tenantId, sourceId, identifiers, spec.type],
  });
  return new Map(rows.map(([identifier, id, hash, merged]) => [identifier, { id, hash, merged }]));
}

/** Whether the target holds anything of this source yet; when not, its first rows need not be looked for. */
export async function holdsRowsOfSource(context: ChunkContext): Promise<boolean> {
  const { client, tenantId, sourceId, spec } = context;
  const { rows } = await client.query<{ held: boolean }>(
    `select exists (select from ${qualified(spec.schema, spec.table)} where "tenant_id" = $1 and "source_id" = $2)
       or exists (select from "import_aliases" where "tenant_id" = $1 and "target_type" = $3 and "source_id" = $2)
       as "held"`,
    [tenantId, sourceId, spec.type],
  );
  return rows[0]?.held === true;
}

/** For each exact key, the oldest record of the tenant that has the same normalised values as a row, by their text. */
export async function findByKeys(
  { client, tenantId, spec }: ChunkContext,
  keys: readonly ExactKey[],
  candidates: readonly Candidate[],
): Promise<Map<string, string>[]> {
  const found: Map<string, string>[] = [];
  for (const key of keys) {
    const wanted = [...new Set(candidates.flatMap((row) => exactKeyOf(key, row.values) ?? []))];
    if (wanted.length === 0) {
      found.push(new Map());
      continue;
    }
    const columns = key.fields.map((name) => columnOf(spec, name));
    const text = columns.map((column) => normalisedSql(`"t".${quoted(column)}`)).join(` || chr(31) || `);
    const { rows } = await client.query<[string, string]>({
      rowMode: 'array',
      text: `
        select distinct on ("k"."text") "k"."text", "t"."id"::text
        from unnest($2::text[]) as "k" ("text")
        join ${qualified(spec.schema, spec.table)} as "t" on ${text} = "k"."text"
        where "t"."tenant_id" = $1
        order by "k"."text", "t"."created_at", "t"."id"`,
      values: [tenantId, wanted],
    });
    found.push(new Map(rows));
  }
  return found;
}

/** The column a field lies in. */
export function columnOf(spec: TargetSpec, field: string): string {
  const found = spec.fields.find((candidate) => candidate.name === field);
  if (!found) throw new Error(`the target ${spec.type} has no field ${field}`);
  return found.column;
}

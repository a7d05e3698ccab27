import type { TargetSpec } from '../../domain/target.ts';
import { qualified, quoted } from '../identifier.ts';
import type { ChunkContext } from './chunk.ts';

const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

/**
 * The ids of records that have a value in one of some text fields, or as their id where that is among them. Of several
 * the one that has it in the earlier field, and of these the oldest, is meant.
 */
export async function findByFields(
  { client, tenantId }: Pick<ChunkContext, 'client' | 'tenantId'>,
  spec: TargetSpec,
  names: readonly string[],
  values: readonly string[],
): Promise<Map<string, string>> {
  if (values.length === 0) return new Map();
  const table = qualified(spec.schema, spec.table);
  const ways = names.map((name, rank) => {
    if (name === 'id') {
      return `select "w"."value" as "known_as", "t"."id", ${rank} as "rank", "t"."created_at"
        from unnest($2::text[]) as "w" ("value")
        join ${table} as "t" on "t"."id" = case when "w"."value" ~* '${UUID}' then "w"."value"::uuid end
        where "t"."tenant_id" = $1`;
    }
    const column = spec.fields.find((field) => field.name === name)?.column;
    if (column === undefined) throw new Error(`the target ${spec.type} has no field ${name}`);
    return `select ${quoted(column)} as "known_as", "id", ${rank} as "rank", "created_at"
      from ${table} where "tenant_id" = $1 and ${quoted(column)} = any($2::text[])`;
  });
  const { rows } = await client.query<[string, string]>({
    rowMode: 'array',
    text: `
      select distinct on ("known_as") "known_as", "id"::text from (${ways.join(' union all ')}) as "found"
      order by "known_as", "rank", "created_at", "id"`,
    values: [tenantId, values],
  });
  return new Map(rows);
}

import type { FinalDraft } from '../../rows/candidate.ts';
import { holdsEmpty } from '../../rows/packed-row.ts';
import { qualified } from '../identifier.ts';
import { binaryArray, BYTEA_OID, UUID_OID } from './binary-array.ts';
import type { ChunkContext } from './chunk.ts';
import { hashSql } from './field-sql.ts';

/** Rows of the directory by how they stand to the records of their ids, each by its place among all. */
export interface SortedRows {
  /** Their records hold what they say already, or they say nothing of this target: nothing is to be done. */
  readonly same: readonly number[];
  /** Each the first of a record that there is not yet. */
  readonly fresh: readonly number[];
  /** They say of a fresh row's record what that row says. */
  readonly repeats: readonly number[];
  /** All that has to be decided on. */
  readonly others: readonly number[];
}

/**
 * Sorts rows by the hashes of what their records hold. Rows of a record stay together where they differ: what comes of
 * them depends on their order. No record is held: that one holds what a row says is true when it is looked at, as if
 * whoever changes it later came later.
 */
export async function sortRows(
  context: ChunkContext,
  rows: readonly FinalDraft[],
  expectNew: boolean,
): Promise<SortedRows> {
  const firsts = new Map<string, number>();
  const differing = new Set<string>();
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place] as FinalDraft;
    const { identifier } = row;
    if (identifier === null) continue;
    const first = firsts.get(identifier);
    if (first === undefined) firsts.set(identifier, place);
    const differs = first !== undefined && rows[first]?.hash !== row.hash;
    // What empties a field is never what a record holds.
    if (differs || row.issues.length > 0 || holdsEmpty(row.bytes, row.start, row.end)) differing.add(identifier);
  }
  const alike: number[] = [];
  for (const [identifier, place] of firsts) if (!differing.has(identifier)) alike.push(place);
  const standing = expectNew ? null : await look(context, rows, alike);

  const sorted = { same: [] as number[], fresh: [] as number[], repeats: [] as number[], others: [] as number[] };
  for (let place = 0; place < rows.length; place++) {
    const { identifier, issues } = rows[place] as FinalDraft;
    if (identifier === null) {
      sorted[issues.length === 0 ? 'same' : 'others'].push(place);
      continue;
    }
    const first = firsts.get(identifier) ?? place;
    const found = standing === null ? 'new' : standing.get(first);
    if (differing.has(identifier) || found === 'different') sorted.others.push(place);
    else if (found === 'new') sorted[first === place ? 'fresh' : 'repeats'].push(place);
    else sorted.same.push(place);
  }
  return sorted;
}

/** Which of some rows' records do not hold what the rows say, by the rows' places. */
async function look(
  { client, tenantId, spec, writtenFields }: ChunkContext,
  rows: readonly FinalDraft[],
  places: readonly number[],
): Promise<Map<number, 'new' | 'different'>> {
  if (places.length === 0) return new Map();
  const { rows: found } = await client.query<[string, boolean]>({
    rowMode: 'array',
    // A row at a time by the key (offset 0): nothing else would hash only what is asked for.
    text: `
      select "k"."at", "t"."hash" is null
      from unnest($2::uuid[], $3::bytea[]) with ordinality as "k" ("id", "hash", "at")
      left join lateral (
        select ${hashSql(spec, writtenFields, 't')} as "hash" from ${qualified(spec.schema, spec.table)} as "t"
        where "t"."tenant_id" = $1 and "t"."id" = "k"."id" offset 0
      ) as "t" on true
      where "t"."hash" is distinct from "k"."hash"`,
    values: [
      tenantId,
      binaryArray(UUID_OID, places, (place, writer) => writer.hex(rows[place]?.identifier ?? null, UUID_HYPHENS)),
      binaryArray(BYTEA_OID, places, (place, writer) => writer.hex(rows[place]?.hash ?? null)),
    ],
  });
  return new Map(found.map(([at, isNew]) => [places[Number(at) - 1] ?? 0, isNew ? 'new' : 'different']));
}

const UUID_HYPHENS = 4;

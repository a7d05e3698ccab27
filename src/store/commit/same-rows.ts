import { isSourceIdentifier } from '../../domain/target.ts';
import type { FinalDraft } from '../../rows/candidate.ts';
import { isDirectory } from '../../rows/directory-draft.ts';
import { qualified } from '../identifier.ts';
import { binaryArray, BYTEA_OID, TEXT_OID } from './binary-array.ts';
import type { ChunkContext } from './chunk.ts';
import { identityColumn, knowsRowsOfSource } from './probe.ts';
import { ID_BYTES } from './record-id.ts';

/** Rows of a chunk by their places. */
export interface SameRows {
  /** Their records were last written by rows that said the same: nothing is to be done. */
  readonly same: readonly number[];
  /** The ids of these records, one behind the other. */
  readonly ids: Buffer;
  readonly others: readonly number[];
}

/** So many rows tell whether it is worth while to look at all of them, and how many of these have to be the same. */
const SAMPLE = 200;
const WORTH_WHILE = 50;

/**
 * Finds the rows that their records hold already, by the hashes alone: of most files that come again that is nearly all.
 * Null where they have to be looked for in another way, or hardly any is. Rows of one record stay together where they
 * differ: what comes of them depends on their order.
 */
export async function sameRows(context: ChunkContext, rows: readonly FinalDraft[]): Promise<SameRows | null> {
  const { spec, mode, identifierField } = context;
  if (isDirectory(spec) || spec.tenantWide === true || mode.existing || !isSourceIdentifier(spec, identifierField))
    return null;
  const alike = alikeRows(rows);
  const step = Math.ceil(alike.length / SAMPLE);
  const sample = step > 1 ? alike.filter((_, at) => at % step === 0) : [];
  if (alike.length === 0 || (await knowsRowsOfSource(context))) return null;
  if (sample.length > 0 && places(await look(context, rows, sample)).length < WORTH_WHILE) return null;
  const found = await look(context, rows, alike);
  const among = places(found);
  const ids = Buffer.concat(among.map((at) => found.subarray(at * ID_BYTES, (at + 1) * ID_BYTES)));
  const same = among.map((at) => alike[at] ?? 0);
  const known = new Set(same);
  return { same, ids, others: rows.flatMap((_, at) => (known.has(at) ? [] : [at])) };
}

/** Places of rows with nothing wrong with them whose records no other row says anything else about. */
function alikeRows(rows: readonly FinalDraft[]): number[] {
  const hashes = new Map<string, string | null>();
  for (const { identifier, hash, issues } of rows) {
    if (identifier === null) continue;
    const before = hashes.get(identifier);
    if (issues.length > 0 || (before !== undefined && before !== hash)) hashes.set(identifier, null);
    else hashes.set(identifier, hash);
  }
  return rows.flatMap(({ identifier, hash }, at) =>
    identifier !== null && hashes.get(identifier) === hash ? [at] : [],
  );
}

/** The id of the record of each of some rows, one behind the other; where that does not hold what the row says, zeros. */
async function look(
  { client, tenantId, sourceId, spec }: ChunkContext,
  rows: readonly FinalDraft[],
  wanted: readonly number[],
): Promise<Buffer> {
  const { rows: found } = await client.query<[Buffer]>({
    rowMode: 'array',
    // A row at a time by the key (offset 0): nothing else would look at only what is asked for.
    text: `
      select string_agg(
        case when "t"."hash" = "k"."hash" then uuid_send("t"."id") else uuid_send($5) end, ''::bytea order by "k"."at")
      from unnest($3::text[], $4::bytea[]) with ordinality as "k" ("identifier", "hash", "at")
      left join lateral (
        select "t"."id", "t"."source_hash" as "hash" from ${qualified(spec.schema, spec.table)} as "t"
        where "t"."tenant_id" = $1 and "t"."source_id" = $2 and "t".${identityColumn(spec)} = "k"."identifier" offset 0
      ) as "t" on true`,
    values: [
      tenantId,
      sourceId,
      binaryArray(TEXT_OID, wanted, (place, writer) => writer.text(rows[place]?.identifier ?? null)),
      binaryArray(BYTEA_OID, wanted, (place, writer) => writer.hex(rows[place]?.hash ?? null)),
      NOBODY,
    ],
  });
  return found[0]?.[0] ?? Buffer.alloc(0);
}

const NOBODY = '00000000-0000-0000-0000-000000000000';
/** Where the version of an id stands, which is never zero. */
const VERSION = 6;

/** Which ids are those of records. */
function places(ids: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at * ID_BYTES < ids.length; at++) if (ids[at * ID_BYTES + VERSION] !== 0) found.push(at);
  return found;
}

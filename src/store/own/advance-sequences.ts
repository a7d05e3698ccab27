import type { OwnSpec } from '../../domain/target.ts';
import type { Insert } from '../../rows/decide.ts';
import type { ChunkContext } from '../commit/chunk.ts';
import { ownTable } from './own-sql.ts';

const NUMBER = /^\d{1,18}$/;

/**
 * Has the sequences of an own table go on behind the numbers that rows brought along, or the owner's program would be
 * given these once more. Sequences that count downwards, or are not the column's own, are left alone.
 *
 * What is missing is drawn number by number, which never sets a sequence back whoever else draws from it; only over a gap
 * that nobody else can fill meanwhile it is set.
 */
export async function advanceSequences(
  { client, writtenFields, dryRun, plans }: ChunkContext,
  spec: OwnSpec,
  inserts: readonly Insert[],
): Promise<void> {
  if (dryRun || plans === true) return;
  const wanted = spec.fields.flatMap(({ name, column, own }, index) => {
    if (own?.filled !== true || !writtenFields.includes(name)) return [];
    let most = 0n;
    for (const { contents } of inserts) {
      const text = contents.values[index] ?? '';
      if (NUMBER.test(text) && BigInt(text) > most) most = BigInt(text);
    }
    return most === 0n ? [] : [{ column, most: String(most) }];
  });
  if (wanted.length === 0) return;
  await client.query(
    `select case when "gap" <= 1000
         then (select max("drawn") from (
           select nextval("sequence") as "drawn" from generate_series(1, ("gap" + "step" - 1) / "step")) as "numbers")
         else setval("sequence", "most") end
     from (
       select "q"."seqrelid"::regclass as "sequence", "q"."seqincrement" as "step", "w"."most",
         "w"."most" - coalesce(pg_sequence_last_value("q"."seqrelid"), "q"."seqstart" - "q"."seqincrement") as "gap"
       from unnest($2::text[], $3::bigint[]) as "w" ("column", "most")
       join pg_sequence as "q" on "q"."seqrelid" = pg_get_serial_sequence($1, "w"."column")::regclass
       where "q"."seqincrement" > 0 and "w"."most" < "q"."seqmax"
         and has_sequence_privilege("q"."seqrelid", 'UPDATE') and has_sequence_privilege("q"."seqrelid", 'USAGE, SELECT')
     ) as "behind"
     where "gap" > 0`,
    [ownTable(spec), wanted.map(({ column }) => column), wanted.map(({ most }) => most)],
  );
}

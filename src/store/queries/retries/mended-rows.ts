import type { EntityManager } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';
import { AppError } from '../../../domain/errors.ts';
import { copyInto } from '../../commit/copy.ts';
import type { ImportJob } from '../../entities/import-job.ts';
import { hasEnded } from '../jobs/has-ended.ts';
import { numberArray, retryFamily } from './retry-family.ts';

/** A row of a file of mended rows, from 1, and the number that it says it has in the import it failed in. */
export interface PlacedRow {
  readonly place: number;
  readonly rowNumber: number;
  /** Why it failed, as the file says. */
  readonly message: string | null;
}

/** An import whose failed rows are mended. */
export interface MendedRun {
  readonly id: string;
  readonly number: number;
  readonly ended: boolean;
}

/** What of a tenant's imports may be meant. */
export interface MendedSearch {
  readonly jobId: string;
  /** Whose imports; null for everybody's. */
  readonly createdById: string | null;
}

const PIECE = 20_000;

/** That every one of the rows failed in the import `j`. */
const ALL_FAILED = `exists (select from "pg_temp"."placed_rows")
  and exists (select from "import_partitions" as "p" where "p"."job_id" = "j"."id" and "p"."failed" > 0)
  and not exists (
    select from "pg_temp"."placed_rows" as "p" where not exists (
      select from "import_records" as "r" where "r"."job_number" = "j"."number" and "r"."target_ordinal" = 0
        and "r"."row_number" = "p"."row_number" and "r"."action" = 'failed'))
  and $3::bigint is null`;

/** That every one of the rows says why it failed in the import `j`. */
const FOR_THESE_REASONS = `not exists (
  select from "pg_temp"."placed_rows" as "p" where "p"."message" is distinct from (
    select string_agg("i"."message", ' ' order by "i"."ordinal") from "import_issues" as "i"
    where "i"."job_number" = "j"."number" and "i"."target_ordinal" = 0 and "i"."row_number" = "p"."row_number"
      and "i"."fatal"))`;

/** That the import `j` is an attempt at other rows than a run: it began with another file, of other bytes. */
function ofAnotherFile(runNumber: number): string {
  const first = (job: string): string => `(
    select "f"."sha256" from "import_jobs" as "first" join "import_files" as "f" on "f"."id" = "first"."file_id"
    where "first"."number" = coalesce((select "root_number" from "import_retries" where "job_number" = ${job}), ${job}))`;
  return `${first('"j"."number"')} is distinct from ${first(String(runNumber))}`;
}

/** The numbers that rows of a file say they have, kept in a session's table until it is known of which import. */
export class PlacedRows implements Disposable {
  readonly #client: PoolClient;
  #rows: PlacedRow[] = [];

  private constructor(client: PoolClient) {
    this.#client = client;
  }

  static async open(pool: Pool): Promise<PlacedRows> {
    const placed = new PlacedRows(await pool.connect());
    try {
      await placed.#client.query(
        `create temporary table "placed_rows" (
           "place" bigint not null, "row_number" bigint not null, "message" text)`,
      );
      return placed;
    } catch (error) {
      placed[Symbol.dispose]();
      throw error;
    }
  }

  async add(rows: readonly PlacedRow[]): Promise<void> {
    for (const row of rows) this.#rows.push(row);
    if (this.#rows.length >= PIECE) await this.#send();
  }

  async #send(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    const into = `"pg_temp"."placed_rows" ("place", "row_number", "message")`;
    await copyInto(this.#client, { into, columns: 3 }, rows, ({ place, rowNumber, message }, writer) => {
      writer.int32(8).int64(place).int32(8).int64(rowNumber).text(message);
    });
  }

  /** The import with a number, where it is one of the same importer. */
  async run(search: MendedSearch, number: number): Promise<MendedRun | null> {
    return this.#find(search, `"j"."number" = $3`, number);
  }

  /**
   * The newest import of the same importer in which every one of the rows failed. Where all failed in attempts at two
   * files, it is the one in which they did so for the reasons that the rows name; throws `source_rejected` where that does
   * not tell either.
   */
  async newestRun(search: MendedSearch): Promise<MendedRun | null> {
    await this.#send();
    const [found, other] = await this.#newestOfFiles(search, ALL_FAILED);
    if (!found || !other) return found;
    const [told, alike] = await this.#newestOfFiles(search, `${ALL_FAILED} and ${FOR_THESE_REASONS}`);
    if (told && !alike) return told;
    const runs = [found.number, other.number];
    const message =
      `Rows of these numbers failed in the runs ${runs.join(' and ')}: say whose rows they are by retry_of, or by the name ` +
      `of their download, failed-rows-NUMBER.csv.`;
    throw new AppError('source_rejected', message, { details: { runs } });
  }

  /** The newest import of which something holds, and the newest of those that began with another file. */
  async #newestOfFiles(
    search: MendedSearch,
    condition: string,
  ): Promise<readonly [MendedRun | null, MendedRun | null]> {
    const found = await this.#find(search, condition, null);
    return [found, found && (await this.#find(search, `${condition} and ${ofAnotherFile(found.number)}`, null))];
  }

  async #find(
    { jobId, createdById }: MendedSearch,
    condition: string,
    number: number | null,
  ): Promise<MendedRun | null> {
    const { rows } = await this.#client.query<{ id: string; number: string; ended: boolean }>(
      `select "j"."id", "j"."number", ${hasEnded('"j"."status"')} as "ended"
       from "import_jobs" as "own" join "import_jobs" as "j"
         on "j"."tenant_id" = "own"."tenant_id" and "j"."importer_id" = "own"."importer_id" and "j"."id" <> "own"."id"
       where "own"."id" = $1 and "j"."kind" in ('import', 'retry')
         and ($2::uuid is null or "j"."created_by_id" = $2::uuid) and ${condition}
       order by "j"."number" desc limit 1`,
      [jobId, createdById, number],
    );
    const [row] = rows;
    return row ? { id: row.id, number: Number(row.number), ended: row.ended } : null;
  }

  /**
   * Writes down for a job which row of an import each row is, the first of those that say they are the same one, and
   * whether that row failed in all of the attempts at it.
   * @param last the greatest number that a row of the import may have
   */
  async keep(jobNumber: number, family: readonly number[], last: number): Promise<void> {
    await this.#send();
    const others = numberArray(family.filter((number) => number !== jobNumber));
    // The same file and the same attempts give the same, so what an earlier attempt of this step has written stays.
    await this.#client.query(
      `insert into "import_mended_rows" ("job_number", "row_number", "place", "open")
       select $1, "p"."row_number", min("p"."place"), exists (
           select from "import_records" as "r" where "r"."job_number" = any($2::bigint[]) and "r"."target_ordinal" = 0
             and "r"."row_number" = "p"."row_number" and "r"."action" = 'failed'
         ) and not exists (
           select from "import_records" as "r" where "r"."job_number" = any($2::bigint[]) and "r"."target_ordinal" = 0
             and "r"."row_number" = "p"."row_number" and "r"."action" <> 'failed')
       from "pg_temp"."placed_rows" as "p" where "p"."row_number" between 1 and $3
       group by "p"."row_number" on conflict do nothing`,
      [jobNumber, others, last],
    );
  }

  [Symbol.dispose](): void {
    this.#client.release(true);
  }
}

/** A row of a file that is one of an earlier import. */
export interface MendedRow {
  /** Its place in the file, from 1. */
  readonly rowNumber: number;
  readonly mends: number;
  /** The row it mends has not been brought in. */
  readonly open: boolean;
}

/** The next rows of a job's file after a place that are rows of an earlier import. */
export async function mendedRowsAfter(
  em: EntityManager,
  jobNumber: number,
  after: number,
  limit: number,
): Promise<MendedRow[]> {
  const rows: { place: string; row_number: string; open: boolean }[] = await em.execute(
    `select "place", "row_number", "open" from "import_mended_rows"
     where "job_number" = ? and "place" > ? order by "place" limit ?`,
    [jobNumber, after, limit],
  );
  return rows.map((row) => ({ rowNumber: Number(row.place), mends: Number(row.row_number), open: row.open }));
}

/** A file in which rows may lie: of mended rows, or the first one. */
export interface RowFile {
  readonly mended: { readonly placedBy: number; readonly base: number } | null;
  /** Its rows. */
  readonly rows: number;
}

/** A row by its place in a file, from 1, and its number. */
export interface LocatedRow {
  readonly rowNumber: number;
  readonly number: number;
}

/** In which of some files rows lie, by their numbers, and where: in the first that has them. For each file, by place. */
export async function locateRows(
  em: EntityManager,
  files: readonly RowFile[],
  numbers: readonly number[],
): Promise<LocatedRow[][]> {
  const left = new Set(numbers);
  const located: LocatedRow[][] = [];
  for (const file of files) {
    const found = file.mended === null ? [...left].map((number) => ({ rowNumber: number, number })) : [];
    if (file.mended !== null) {
      for (const [number, rowNumber] of await placesOf(em, file.mended, file.rows, [...left]))
        found.push({ rowNumber, number });
    }
    for (const { number } of found) left.delete(number);
    located.push(found.toSorted((a, b) => a.rowNumber - b.rowNumber));
  }
  return located;
}

async function placesOf(
  em: EntityManager,
  { placedBy, base }: NonNullable<RowFile['mended']>,
  count: number,
  numbers: readonly number[],
): Promise<Map<number, number>> {
  const rows: { place: string; row_number: string }[] = await em.execute(
    `select "place", "row_number" from "import_mended_rows"
     where "job_number" = ? and "row_number" = any(?::bigint[])`,
    [placedBy, numberArray(numbers)],
  );
  const places = new Map(rows.map((row) => [Number(row.row_number), Number(row.place)]));
  for (const number of numbers) if (number > base && number <= base + count) places.set(number, number - base);
  return places;
}

/** Why rows cannot be brought in anew just now. */
export function stillTried(runNumber: number, jobId: string): AppError {
  return new AppError(
    'source_rejected',
    `The failed rows of the run ${runNumber} are being tried again by the job ${jobId}: wait for its end.`,
  );
}

/** Makes a job an attempt at the rows of an earlier import, in the transaction that plans it. */
export async function joinFamily(
  tx: EntityManager,
  { id, number, kind }: Pick<ImportJob, 'id' | 'number' | 'kind'>,
  { run, rootNumber }: { readonly run: MendedRun; readonly rootNumber: number },
): Promise<void> {
  await tx.execute(`update "import_jobs" set "parent_job_id" = ? where "id" = ?`, [run.id, id]);
  // What is only tried is no attempt.
  if (kind !== 'import') return;
  // One attempt at a time; another may have begun, or come to its end, since this one's rows were looked at.
  await tx.execute(`select from "import_jobs" where "number" = ? for update`, [rootNumber]);
  const family = await retryFamily(tx, rootNumber);
  if (family.unfinished !== null) throw stillTried(run.number, family.unfinished);
  await tx.execute(
    `update "import_mended_rows" as "m" set "open" = false
     where "m"."job_number" = ? and "m"."open" and exists (
       select from "import_records" as "r" where "r"."job_number" = any(?::bigint[]) and "r"."target_ordinal" = 0
         and "r"."row_number" = "m"."row_number" and "r"."action" <> 'failed')`,
    [number, numberArray(family.numbers)],
  );
  await tx.execute(
    `insert into "import_retries" ("job_id", "job_number", "root_number", "attempt", "chosen") values (?, ?, ?, ?, true)
     on conflict do nothing`,
    [id, number, rootNumber, family.nextAttempt],
  );
}

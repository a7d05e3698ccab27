import type { EntityManager } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';
import { writeUuid } from '../../commit/binary-values.ts';
import { copyInto } from '../../commit/copy.ts';

/** A value that a row of a file has in a field. */
export interface SeenValue {
  /** Negative for a row that comes before the file's own. */
  readonly rowNumber: number;
  /** The field's place in the schema; `KEY` for what the whole row is known by. */
  readonly field: number;
  /** What equal values have in common and no others; a uuid. */
  readonly key: string;
}

/** Stands for the fields of a key, taken together. */
export const KEY = -1;

/** Values that are sent at once. */
const PIECE = 20_000;

/** What sorting them may take of the server's memory; what is more it spills. */
const SORT_MEMORY = '64MB';

/**
 * Finds out which values of a file are there more than once. They are kept in a table of a session, so that memory does
 * not grow with them and nothing is left of them when this process dies.
 */
export class SeenValues implements Disposable {
  readonly #client: PoolClient;
  #values: SeenValue[] = [];

  private constructor(client: PoolClient) {
    this.#client = client;
  }

  static async open(pool: Pool): Promise<SeenValues> {
    const seen = new SeenValues(await pool.connect());
    try {
      await seen.#client.query(
        `create temporary table "seen_values" ("row_number" bigint not null, "field" smallint not null, "key" uuid not null)`,
      );
      return seen;
    } catch (error) {
      seen[Symbol.dispose]();
      throw error;
    }
  }

  async add(values: readonly SeenValue[]): Promise<void> {
    for (const value of values) this.#values.push(value);
    if (this.#values.length >= PIECE) await this.#send();
  }

  async #send(): Promise<void> {
    const values = this.#values;
    this.#values = [];
    const into = `"pg_temp"."seen_values" ("row_number", "field", "key")`;
    await copyInto(this.#client, { into, columns: 3 }, values, ({ rowNumber, field, key }, writer) => {
      writer.int32(8).int64(rowNumber).int32(2).int16(field);
      writeUuid(writer, key);
    });
  }

  /** Forgets values of earlier rows, which are kept under their numbers taken negative, that a job's file has mended. */
  async forgetMended(placedBy: number): Promise<void> {
    await this.#send();
    await this.#client.query(
      `delete from "pg_temp"."seen_values" as "s" using "import_mended_rows" as "m"
       where "m"."job_number" = $1 and "s"."row_number" = - "m"."row_number"`,
      [placedBy],
    );
  }

  /** Writes down for a job which rows have a value that an earlier row has, too. Gives how many rows these are. */
  async keepRepeated(jobNumber: number): Promise<number> {
    await this.#send();
    await this.#client.query(`set "work_mem" = '${SORT_MEMORY}'; analyze "pg_temp"."seen_values"`);
    // The same file gives the same rows, so what an earlier attempt has written stays.
    await this.#client.query(
      `insert into "import_repeated_values" ("job_number", "row_number", "fields")
       select $1, "s"."row_number", array_agg("s"."field" order by "s"."field")
       from "pg_temp"."seen_values" as "s" join (
         select "field", "key", min("row_number") as "first" from "pg_temp"."seen_values"
         group by "field", "key" having count(*) > 1
       ) as "repeated" using ("field", "key")
       where "s"."row_number" > "repeated"."first" and "s"."row_number" > 0 group by "s"."row_number"
       on conflict do nothing`,
      [jobNumber],
    );
    const { rows } = await this.#client.query<{ rows: string }>(
      `select count(*) as "rows" from "import_repeated_values" where "job_number" = $1`,
      [jobNumber],
    );
    return Number(rows[0]?.rows);
  }

  /** Ends the session, and with it what it holds. */
  [Symbol.dispose](): void {
    this.#client.release(true);
  }
}

/** A row with values that earlier rows of its file have, too. */
export interface RepeatingRow {
  readonly rowNumber: number;
  /** The places of their fields in the schema, and `KEY`. */
  readonly fields: readonly number[];
}

/** The next rows of a job's file, after a row number, that repeat values of earlier ones. */
export async function repeatingRowsAfter(
  em: EntityManager,
  jobNumber: number,
  after: number,
  limit: number,
): Promise<RepeatingRow[]> {
  const rows: { row_number: string; fields: number[] }[] = await em.execute(
    `select "row_number", "fields" from "import_repeated_values"
     where "job_number" = ? and "row_number" > ? order by "row_number" limit ?`,
    [jobNumber, after, limit],
  );
  return rows.map((row) => ({ rowNumber: Number(row.row_number), fields: row.fields }));
}

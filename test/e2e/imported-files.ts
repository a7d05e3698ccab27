import { setTimeout as delay } from 'node:timers/promises';
import type { SourceRow } from '../../src/domain/source.ts';
import { said, startUniversal } from '../dialects/universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../dialects/universal/universal-app.ts';

/** What became of a file that was uploaded. */
export interface ImportedFile {
  /** Of the upload; anything but 202 is a refusal, and then there is nothing else. */
  readonly answered: number;
  readonly run: Json;
  /** The texts of all rows that were taken, by their numbers in the file. */
  readonly rows: ReadonlyMap<number, SourceRow>;
  /** The numbers of rows that were not, each with what is wrong with it. */
  readonly failed: ReadonlyMap<number, readonly string[]>;
}

/** Importers of nothing but texts, to hold what arrives against what was sent. */
export interface ImportedFiles {
  readonly stage: UniversalApp;
  readonly caller: Caller;
  /**
   * Imports a file of so many columns whose first line is a row like the others, unless `header_row` says otherwise.
   * @param fields what the form says besides the file
   */
  take(bytes: Buffer, width: number, fields?: Readonly<Record<string, string>>, name?: string): Promise<ImportedFile>;
  /** Waits for a run's end. */
  ended(run: Json): Promise<Json>;
  close(): Promise<void>;
}

export async function startImportedFiles(): Promise<ImportedFiles> {
  const stage = await startUniversal({ worker: true, rateLimits: 'off' });
  const caller = await stage.join();
  const token = await stage.app.login(caller.user.email);
  const made = new Map<number, Promise<string>>();

  /** On a connection of its own: one that has been idle for long may end under a request. */
  const ask = async (method: string, path: string, sent?: FormData): Promise<{ status: number; body: Json }> => {
    const response = await fetch(`${stage.app.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, connection: 'close' },
      ...(sent === undefined ? {} : { body: sent }),
    });
    return { status: response.status, body: (await response.json()) as Json };
  };

  const ended = async (run: Json): Promise<Json> => {
    for (;;) {
      const { body } = await ask('GET', `/ingest/${said(run['id'])}`);
      const data = body['data'] as Json;
      if (!['pending', 'processing'].includes(said(data['status']))) return data;
      await delay(100);
    }
  };

  const importer = (width: number): Promise<string> => {
    const slug = made.get(width) ?? makeImporter(width);
    made.set(width, slug);
    return slug;
  };
  const makeImporter = async (width: number): Promise<string> => {
    const slug = `texts-${width}`;
    const fields = Array.from({ length: width }, (_, index) => ({ name: `column_${index + 1}`, type: 'string' }));
    const { status, body } = await caller.askV1('POST', '/importers', { name: slug, slug, schema: { fields } });
    if (status !== 201) throw new Error(`the importer was refused: ${JSON.stringify(body)}`);
    return slug;
  };

  const rowsOf = async (slug: string, run: Json, width: number): Promise<ImportedFile['rows']> => {
    const importers: { number: number }[] = await stage.app.orm.em
      .fork()
      .execute(`select "number" from "import_importers" where "slug" = ? and "tenant_id" = ?`, [
        slug,
        caller.user.tenantId,
      ]);
    const columns = Array.from({ length: width }, (_, index) => `"t"."f${index + 1}"`);
    const rows: { row_number: string; texts: SourceRow }[] = await stage.app.orm.em.fork().execute(
      `select "r"."row_number", array[${columns.join(', ')}] as "texts"
       from "import_records" as "r" join "target"."importer_${importers[0]?.number}" as "t" on "t"."id" = "r"."target_id"
       where "r"."job_number" = ? order by "r"."row_number"`,
      [Number(run['id'])],
    );
    return new Map(rows.map((row) => [Number(row.row_number), row.texts]));
  };

  const failedOf = async (run: Json): Promise<ImportedFile['failed']> => {
    const rows: { row_number: string; messages: string[] }[] = await stage.app.orm.em.fork().execute(
      `select "r"."row_number", array_agg("i"."message" order by "i"."ordinal") as "messages"
       from "import_records" as "r" left join "import_issues" as "i" using ("job_number", "target_ordinal", "row_number")
       where "r"."job_number" = ? and "r"."action" = 'failed' group by "r"."row_number" order by "r"."row_number"`,
      [Number(run['id'])],
    );
    return new Map(rows.map((row) => [Number(row.row_number), row.messages]));
  };

  return {
    stage,
    caller,
    ended,
    async take(bytes, width, fields = {}, name = 'file.csv') {
      const slug = await importer(width);
      const form = new FormData();
      form.set('file', new Blob([new Uint8Array(bytes)]), name);
      for (const [key, value] of Object.entries({ header_row: '0', ...fields })) form.set(key, value);
      const { status, body } = await ask('POST', `/ingest/upload/${slug}`, form);
      if (status !== 202) return { answered: status, run: body, rows: new Map(), failed: new Map() };
      const run = await ended(body['data'] as Json);
      return { answered: status, run, rows: await rowsOf(slug, run, width), failed: await failedOf(run) };
    },
    close: () => stage.close(),
  };
}

/** Why a run has failed as a whole; null for one that has not. */
export function refusalOf({ answered, run }: ImportedFile): string | null {
  if (answered !== 202) return JSON.stringify(run);
  if (said(run['status']) !== 'failed') return null;
  return said(run['summary']?.['error']);
}

/** How many rows a run counts. */
export function totalOf({ run }: ImportedFile): number {
  return Number(run['progress']?.['total']);
}

/** Does something with each, several at once, as many as a busy machine bears. */
export async function withEach<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = all.values();
  const lane = async (): Promise<void> => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

const LANES = 6;

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { plainField } from '../src/domain/importer.ts';
import { CONTACT_COLUMNS } from './contacts.ts';
import { writeContactsCsv, writeContactsParts } from './contacts-csv.ts';
import type { CsvPart } from './contacts-csv.ts';
import { peakMemory, processCpu } from './cpu.ts';
import { fileGoals } from './csv-goals.ts';
import type { FileBench, Upload } from './csv-goals.ts';
import { chargedToLading, chargedToRaw, expectJob, importedOf, query } from './ground.ts';
import { measure } from './measure.ts';
import { startLading } from './product.ts';
import type { Lading } from './product.ts';
import { hasPsql, runSessions } from './psql.ts';
import { makeRawTables, RAW_TABLES, rawSessions } from './raw-csv.ts';
import { runImportBench } from './run-import-bench.ts';
import type { ImportBenchOptions } from './run-import-bench.ts';
import { sendFile } from './send-file.ts';
import type { Run, What } from './summary.ts';

const HELP = `npm run bench:csv: imports a generated CSV of contacts through Lading and, beside it, as raw SQL.

In one run, interleaved: COPY of the file to staging, upsert and ledger in psql with one and with two sessions, into a
table like the importer's; Lading, started in a temporary home, by an upload to its API. Each fresh, then the identical
file again, then one with 60 % the same, 30 % changed and 10 % new. Before that the file is uploaded a few times alone,
to an importer that can do nothing with it. CPU is read from /proc, so it needs Linux.

  npm run bench:csv -- --rows 1000000   contacts (1,000,000: 212 MB)
  npm run bench:csv -- --rounds 3       rounds (1); medians are told
  npm run bench:csv -- --chunk 100000   rows in a transaction of the raw SQL (100,000: costs least CPU)
  npm run bench:csv -- --json           the figures as JSON, all else to stderr`;

const IMPORTER = 'bench-contacts';
/** It needs a column that the file does not have: its imports fail before a row is read. */
const IDLE_IMPORTER = 'bench-idle';
const UPLOADS_ALONE = 5;
/** The first importer's table. */
const TABLE = 'target.importer_1';

/** The same contacts twice: as the file that is uploaded, and in the parts that the raw SQL takes at once. */
interface Source {
  readonly path: string;
  readonly bytes: number;
  readonly parts: readonly CsvPart[];
}

interface Ground {
  readonly lading: Lading;
  readonly sources: Readonly<Record<What, Source>>;
  readonly options: ImportBenchOptions;
  readonly report: (line: string) => void;
}

const started = z.object({ data: z.object({ job_id: z.string() }) });

const FIELDS = CONTACT_COLUMNS.map((name) => {
  const required = name === 'external_id' || name === 'name';
  const type = name === 'birth_date' ? 'date' : name === 'email' || name === 'phone' ? name : 'string';
  const { aliases: _aliases, ...field } = plainField(name, type, { required });
  return field;
});

async function writeSource(
  folder: string,
  name: string,
  { rows, chunk }: ImportBenchOptions,
  later: boolean,
): Promise<Source> {
  const path = join(folder, `${name}.csv`);
  await writeContactsCsv(path, rows, later);
  return { path, bytes: (await stat(path)).size, parts: await writeContactsParts(path, rows, chunk, later) };
}

/** Nobody's pass shall pay for what an earlier one left to clean up; a fresh one begins with empty tables. */
async function settle(lading: Lading, what: What, tables: readonly string[]): Promise<void> {
  const empty = what === 'fresh' ? [`truncate ${tables.join(', ')}`] : [];
  await query(lading.storeUrl, [...empty, ...tables.map((table) => `vacuum (analyze) ${table}`), 'checkpoint']);
}

async function rawPass({ lading, sources, report }: Ground, what: What, sessions: 1 | 2, job: number): Promise<Run> {
  await settle(lading, what, RAW_TABLES);
  const who = sessions === 1 ? 'raw SQL, one session' : 'raw SQL, two sessions';
  report(`${who}: ${what}`);
  const work = rawSessions(sources[what].parts, sessions, job);
  const { result: _, ...cost } = await measure(await chargedToRaw(lading), () => runSessions(lading.storeUrl, work));
  return { who, what, ...cost };
}

/** Sends the file; the answer says that it is stored, and which job has it. */
async function upload(
  { client, pid }: Lading,
  { path, bytes }: Source,
  importer: string,
): Promise<Upload & { readonly jobId: string }> {
  const api = await pid('api');
  const cpu = processCpu(api);
  const began = performance.now();
  const url = `${client.baseUrl}/api/v1/ingest/upload/${importer}`;
  const { status, body } = await sendFile(url, client.token, { path, bytes, name: 'contacts.csv' });
  const seconds = (performance.now() - began) / 1000;
  if (status !== 202) throw new Error(`The upload was answered with ${body}`);
  const answer: unknown = JSON.parse(body);
  return { bytes, seconds, cpu: processCpu(api) - cpu, jobId: started.parse(answer).data.job_id };
}

/** Uploads alone, one after the other has come to nothing. */
async function uploadsAlone(lading: Lading, source: Source, report: (line: string) => void): Promise<Upload[]> {
  const field = plainField('absent', 'string', { required: true });
  await lading.client.post('/api/v1/importers', importer(IDLE_IMPORTER, [], [field]), z.unknown());
  await query(lading.storeUrl, ['checkpoint']);
  report('Uploads alone');
  const uploads: Upload[] = [];
  for (let count = 0; count < UPLOADS_ALONE; count++) {
    const { jobId, ...sent } = await upload(lading, source, IDLE_IMPORTER);
    await lading.waitFor(jobId, () => undefined);
    uploads.push(sent);
  }
  return uploads;
}

async function ladingPass(
  { lading, sources, options, report }: Ground,
  what: What,
): Promise<Run & { readonly upload: Upload; readonly events: number }> {
  await settle(lading, what, [TABLE, 'import_records', 'import_issues']);
  report(`Lading: ${what}`);
  const { result, ...cost } = await measure(await chargedToLading(lading), async () => {
    const { jobId, ...sent } = await upload(lading, sources[what], IMPORTER);
    return { job: await lading.waitFor(jobId, () => undefined), sent };
  });
  expectJob(result.job, { rows: options.rows, imported: importedOf(what, options.rows) });
  return { who: 'Lading', what, ...cost, upload: result.sent, events: await lading.temporalEvents(result.job.id) };
}

async function bench(options: ImportBenchOptions, report: (line: string) => void): Promise<FileBench> {
  const folder = await mkdtemp(join(tmpdir(), 'lading-bench-csv-'));
  const lading = await startLading(report);
  try {
    report('Writing the files');
    const contacts = await writeSource(folder, 'contacts', options, false);
    const later = await writeSource(folder, 'later', options, true);
    await lading.client.post('/api/v1/importers', importer(IMPORTER, ['external_id'], FIELDS), z.unknown());
    await query(lading.storeUrl, makeRawTables(TABLE));

    const ground = { lading, sources: { fresh: contacts, again: contacts, delta: later }, options, report };
    const runs: Run[] = [];
    const uploads: Upload[] = [];
    const alone = await uploadsAlone(lading, contacts, report);
    let events = 0;
    const ladingRun = async (what: What): Promise<void> => {
      const { upload: sent, events: seen, ...run } = await ladingPass(ground, what);
      runs.push(run);
      uploads.push(sent);
      if (what === 'fresh') events = seen;
    };
    for (let round = 1; round <= options.rounds; round++) {
      if (options.rounds > 1) report(`Round ${round} of ${options.rounds}`);
      runs.push(await rawPass(ground, 'fresh', 2, round * 10));
      for (const [index, what] of (['fresh', 'again', 'delta'] as const).entries()) {
        runs.push(await rawPass(ground, what, 1, round * 10 + index));
        await ladingRun(what);
      }
    }
    const workers = await lading.workerPids();
    return {
      ...options,
      psql: hasPsql(),
      runs,
      uploads,
      alone,
      temporalEvents: events,
      workerPeakBytes: Math.max(...workers.map(peakMemory)),
    };
  } finally {
    await lading.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function importer(slug: string, key: readonly string[], fields: readonly object[]): object {
  return { name: slug, slug, key, schema: { fields } };
}

await runImportBench(HELP, bench, fileGoals);

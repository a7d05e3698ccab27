import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import type { CsvPart } from './contacts-csv.ts';
import { COUNTRIES, DEPARTMENTS, SENIORITIES } from './directory.ts';
import { chargedToLading, chargedToRaw, expectJob, query } from './ground.ts';
import { measure } from './measure.ts';
import type { Cost } from './measure.ts';
import { CITIES, GIVEN_NAMES, SURNAMES } from './people-words.ts';
import { startLading } from './product.ts';
import type { Lading } from './product.ts';
import { hasPsql, runSessions } from './psql.ts';
import type { RawSession } from './psql.ts';
import { count, runBench } from './run-bench.ts';
import { alignedLines } from './table.ts';

const HELP = `npm run bench:directory: how fast contacts come into the directory from a file, and out of it again.

Starts Lading in a temporary home. Imports a generated CSV and exports all of it by the jobs of document 002; beside it, in
the same database, psql does the same to a table with the same columns and indexes: COPY to staging, upsert and ledger in
transactions of 10,000 rows, and COPY TO STDOUT in the same order. Then the same file again.

  npm run bench:directory -- --rows 200000   contacts (200,000)`;

const CHUNK = 10_000;
const COLUMNS =
  'first_name,last_name,linkedin_url,email,title,departments,mobile_phone,email_status,seniority,city,state,country';
const EXPORTED = COLUMNS.split(',');

const RAW_CONTACTS = 'bench_raw.contacts';
const RAW_RECORDS = 'bench_raw.import_records';
const TENANT = '00000000-0000-4000-8000-000000000001';

function line(row: number): string {
  const mixed = Math.imul(row, 0x9e3779b1) >>> 0;
  const pick = (from: readonly string[], salt: number): string => from[(mixed >>> salt) % from.length] ?? '';
  return [
    pick(GIVEN_NAMES, 1),
    pick(SURNAMES, 3),
    `https://linkedin.com/in/p-${row}`,
    `person.${row}@c-${row % 5000}.example.com`,
    `${pick(['Senior', 'Lead', 'Staff', 'Chief'], 5)} ${pick(['Software', 'Data', 'Sales'], 7)} ${pick(['Engineer', 'Manager', 'Analyst'], 9)}`,
    `"${pick(DEPARTMENTS, 2)}, ${pick(DEPARTMENTS, 6)}"`,
    `+1-555-${row}`,
    pick(['verified', 'guessed', 'unavailable'], 4),
    pick(SENIORITIES, 8),
    pick(
      CITIES.map(([city]) => city),
      10,
    ).toLowerCase(),
    `state ${row % 60}`,
    pick(COUNTRIES, 11),
  ].join(',');
}

/** Writes the file that Lading gets, and the same rows in the parts that the raw SQL takes at once. */
async function writeFiles(folder: string, rows: number): Promise<{ path: string; parts: CsvPart[] }> {
  const path = join(folder, 'contacts.csv');
  const parts: CsvPart[] = [];
  await writeFile(path, `${COLUMNS}\n`);
  for (let after = 0; after < rows; after += CHUNK) {
    const part = { path: `${path}.${parts.length}`, after, rows: Math.min(CHUNK, rows - after) };
    const text = Array.from({ length: part.rows }, (_, index) => `${line(after + index + 1)}\n`).join('');
    await writeFile(part.path, text);
    await writeFile(path, text, { flag: 'a' });
    parts.push(part);
  }
  return { path, parts };
}

const fields = EXPORTED.map((name) => `"${name}"`).join(', ');

function rawImport(parts: readonly CsvPart[], job: number): RawSession {
  const texts = EXPORTED.map((name) => `coalesce("${name}", '')`).join(', ');
  const values = EXPORTED.map((name) =>
    name === 'departments' ? `string_to_array("departments", ', ')` : `"${name}"`,
  ).join(', ');
  const assign = EXPORTED.map((name) => `"${name}" = excluded."${name}"`).join(', ');
  const image = EXPORTED.map((name) => `'${name}', "old"."${name}"::text`).join(', ');
  return {
    prepare: `create temporary table stage (row_number bigint generated always as identity,
      ${EXPORTED.map((name) => `"${name}" text`).join(', ')}) on commit delete rows;`,
    steps: parts.map(({ path, after }) => ({
      copy: `copy stage (${fields}) from stdin csv`,
      from: `'${path}'`,
      open: () => createReadStream(path),
      apply: `
        with hashed as materialized (
          select *, md5("linkedin_url")::uuid as id, sha256(convert_to(concat_ws(chr(9), ${texts}), 'UTF8')) as hash from stage
        ), written as (
          insert into ${RAW_CONTACTS} as t (id, tenant_id, ${fields}, source_hash)
          select id, '${TENANT}', ${values}, hash from hashed
          on conflict (tenant_id, id) do update set ${assign}, source_hash = excluded.source_hash, updated_at = clock_timestamp()
            where t.source_hash is distinct from excluded.source_hash
          returning new.id, old.id is null as created,
            case when old.id is not null then jsonb_build_object(${image}) end as before
        )
        insert into ${RAW_RECORDS}
          (job_number, target_ordinal, row_number, source_identifier, source_hash, target_id, action, before_image)
        select ${job}, 0, ${after} + s.row_number, s.id::text, s.hash, s.id,
          case when w.id is null then 'skipped' when w.created then 'created' else 'updated' end::import_action, w.before
        from hashed s left join written w on w.id = s.id;`,
    })),
  };
}

async function rawExport(url: string, path: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const sql = `select ${fields} from ${RAW_CONTACTS} order by last_name collate "C", first_name collate "C", id`;
    await pipeline(client.query(copyTo(`copy (${sql}) to stdout csv header`)), createWriteStream(path));
  } finally {
    await client.end();
  }
}

const placed = z.object({ upload_url: z.string(), s3_key: z.string() });
const created = z.object({ data: z.object({ uuid: z.string() }) });

async function ladingImport({ client, waitFor }: Lading, path: string, rows: number, imported: number): Promise<void> {
  const place = await client.get('/common/upload-url?filename=contacts.csv', placed);
  const sent = await fetch(place.upload_url, { method: 'PUT', body: await readFile(path) });
  if (!sent.ok) throw new Error(`The upload was answered with ${sent.status}`);
  const body = { job_type: 'insert_csv_file', job_data: { s3_key: place.s3_key } };
  const { data } = await client.post('/common/jobs/create', body, created);
  expectJob(await waitFor(data.uuid, () => undefined), { rows, imported });
}

async function ladingExport({ client, waitFor }: Lading): Promise<void> {
  const vql = { select_columns: EXPORTED };
  const body = { job_type: 'export_csv_file', job_data: { service: 'contact', vql } };
  const { data } = await client.post('/common/jobs/create', body, created);
  const job = await waitFor(data.uuid, () => undefined);
  if (job.status !== 'completed') throw new Error(`The export did not do what it should: ${JSON.stringify(job)}`);
}

await runBench(HELP, { rows: { type: 'string', default: '200000' } }, async (values) => {
  const rows = count(values.rows);
  const folder = await mkdtemp(join(tmpdir(), 'lading-bench-directory-'));
  const lading = await startLading((told) => console.error(`  ${told}`));
  const runs: { readonly what: string; readonly cost: Cost }[] = [];
  try {
    const { path, parts } = await writeFiles(folder, rows);
    await query(lading.storeUrl, [
      'create schema bench_raw',
      `create table ${RAW_CONTACTS} (like "target"."contacts" including all)`,
      `create table ${RAW_RECORDS} (like "import_records" including all)`,
    ]);
    const run = async (what: string, whose: 'raw' | 'lading', work: () => Promise<void>): Promise<void> => {
      await query(lading.storeUrl, ['checkpoint']);
      console.error(`  ${what}`);
      const charged = whose === 'raw' ? await chargedToRaw(lading) : await chargedToLading(lading);
      runs.push({ what, cost: await measure(charged, work) });
    };
    const raw = (job: number) => (): Promise<void> => runSessions(lading.storeUrl, [rawImport(parts, job)]);
    const settle = (table: string): Promise<void> => query(lading.storeUrl, [`vacuum (analyze) ${table}`]);
    await run('import: raw SQL', 'raw', raw(1));
    await settle(RAW_CONTACTS);
    await run('import: Lading', 'lading', () => ladingImport(lading, path, rows, rows));
    await settle('"target"."contacts"');
    await run('the same again: raw SQL', 'raw', raw(2));
    await run('the same again: Lading', 'lading', () => ladingImport(lading, path, rows, 0));
    await run('export: raw SQL', 'raw', () => rawExport(lading.storeUrl, join(folder, 'exported.csv')));
    await run('export: Lading', 'lading', () => ladingExport(lading));
  } finally {
    await lading.stop();
    await rm(folder, { recursive: true, force: true });
  }
  const each = (seconds: number): string => ((seconds * 1e6) / rows).toFixed(1);
  const lines = runs.map(({ what, cost }) => [
    what,
    cost.seconds.toFixed(1),
    Math.round(rows / cost.seconds).toLocaleString('en'),
    each(cost.clientCpu),
    each(cost.serverCpu),
    cost.othersCpu.toFixed(1),
  ]);
  console.log(
    `${rows.toLocaleString('en')} contacts, psql ${hasPsql() ? 'in one session' : 'missing: a connection of ours'}`,
  );
  const header = ['', 'seconds', 'rows/s', 'CPU us/row: client', 'PostgreSQL', "others' CPU s"];
  for (const told of alignedLines([header, ...lines])) console.log(told);
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import type { QueryConfiguration } from '../../src/domain/query.ts';
import { NO_UNDOS } from '../../src/domain/rollback.ts';
import { createRollback } from '../../src/engine/rollbacks/create-rollback.ts';
import { createRollbacks } from '../../src/engine/rollbacks/index.ts';
import { loadDump } from '../../src/demo/load-dump.ts';
import { registerTarget } from '../../src/engine/targets/own-targets.ts';
import { isStoreTable } from '../../src/store/own/store-tables.ts';
import type { ImportJob } from '../../src/store/entities/import-job.ts';
import { makeProfile, startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { testData } from '../support/test-data.ts';

/** A well-known database, and what circular references, and what those tables refer to, keep from going and coming. */
interface KnownDatabase {
  readonly name: 'northwind' | 'chinook' | 'pagila';
  readonly kept: readonly string[];
}

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

async function on<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Tables of a schema that have a primary key, partitions in their parents. */
async function tablesOf(client: pg.Client, schema: string): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select c.relname as "name",
       (select json_agg(a.attname order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as "columns",
       (select json_agg(a.attname order by a.attnum) from pg_index i join pg_attribute a
          on a.attrelid = c.oid and a.attnum = any(i.indkey) where i.indrelid = c.oid and i.indisprimary) as "key"
     from pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
     order by c.relname`,
    [schema],
  );
  return rows.filter((table) => table.key !== null && !isStoreTable({ schema, table: table.name }));
}

/** Every row of the tables as text. */
async function contents(
  client: pg.Client,
  schema: string,
  tables: readonly Table[],
): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string }>(
      `select t::text as "row" from ${schema}."${name}" as t order by 1`,
    );
    found[name] = rows.map(({ row }) => row);
  }
  return found;
}

/** Twenty tables and more take their time. */
async function ended(engine: TestEngine, jobId: string): Promise<ImportJob> {
  for (let tries = 0; ; tries++) {
    try {
      return await engine.reached(jobId, 'completed', 'failed');
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}

/** Imports each table of a database into the same tables of the store, and rolls that back and forth. */
export function tablesArriveAndGo({ name, kept }: KnownDatabase): void {
  const dump = testData(`sql/${name}.sql.gz`);
  describe(`${name}, table by table into the same tables of the store`, { skip: dump.skip }, () => {
    let engine: TestEngine;
    let tables: Table[];
    let wanted: Record<string, string[]>;

    before(async () => {
      engine = await startTestEngine({ contacts: 0 });
      await on(engine.sourceUrl, (client) => loadDump(client, dump.path));
      tables = await on(engine.databaseUrl, async (client) => {
        await loadDump(client, dump.path);
        await client.query('set search_path = public; create schema shop');
        const found = await tablesOf(client, 'public');
        wanted = await contents(client, 'public', found);
        const { rows } = await client.query<{ name: string }>(
          `select c.relname as "name" from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`,
        );
        for (const table of rows.filter((row) => !isStoreTable({ schema: 'public', table: row.name }))) {
          await client.query(`alter table public."${table.name}" set schema shop`);
        }
        await client.query('set session_replication_role = replica');
        for (const table of found) {
          if (!(kept as readonly string[]).includes(table.name)) await client.query(`delete from shop."${table.name}"`);
        }
        return found;
      });
      await engine.startWorker();
    });

    after(() => engine.close());

    test('arrives as it is there, a second time changes nothing, and goes and comes back by rollbacks', async () => {
      const { orm, actor } = engine;
      const queries: Record<string, QueryConfiguration> = {};
      for (const { name: table, columns, key } of tables) {
        // Pagila has a table by the name of a built-in type.
        const type = `shop_${table}`;
        await registerTarget({ orm }, actor, {
          type,
          label: table,
          table: `shop.${table}`,
          identity: key,
          fields: null,
          references: [],
        });
        const fields = columns.map((column) => ({ source: `"${column}"`, target: column }));
        queries[type] = { baseTable: table, joins: [], fields, filters: [], targetType: type };
      }
      const profileId = await makeProfile(engine.deps, actor, engine.sourceUrl, queries);
      const look = (): Promise<Record<string, string[]>> =>
        on(engine.databaseUrl, (client) => contents(client, 'shop', tables));
      const same = (found: Record<string, string[]>, expected: Record<string, string[]>): void => {
        for (const table of tables) assert.deepEqual(found[table.name], expected[table.name], table.name);
      };
      let jobId = '';
      const run = async (): Promise<unknown> => {
        jobId = await engine.create({ profileId, options: { batchSize: 1_000 } });
        const { status, error } = await ended(engine, jobId);
        assert.deepEqual([status, error ?? null], ['completed', null]);
        const issues = await orm.em
          .fork()
          .execute(`select "field", "code", "message", count(*) from "import_issues" group by 1, 2, 3 limit 5`);
        assert.deepEqual(issues, []);
        return engine.counters(jobId);
      };
      const rows = Object.values(wanted).flat().length;
      const there = kept.reduce((sum, table) => sum + (wanted[table]?.length ?? 0), 0);
      const was = await look();
      assert.deepEqual(await run(), { created: rows - there, updated: 0, skipped: there, failed: 0, duplicates: 0 });
      const imported = jobId;
      same(await look(), wanted);

      const rollBack = async (undone: string, dryRun = false): Promise<string> => {
        const { job } = await createRollback(engine.deps, actor, undone, {
          options: { dryRun, batchSize: 1_000 },
          confirmation: { understoodConsequences: true, backupCreated: true },
        });
        const { status, error } = await ended(engine, job.id);
        assert.deepEqual([status, error ?? null], ['completed', null]);
        const { outcomes } = await createRollbacks(engine.deps).get(actor, job.id);
        assert.deepEqual(outcomes, { ...NO_UNDOS, reversed: rows - there });
        return job.id;
      };
      await rollBack(imported, true);
      same(await look(), wanted);
      const undo = await rollBack(imported);
      same(await look(), was);
      await rollBack(undo);
      same(await look(), wanted);
      assert.deepEqual(await run(), { created: 0, updated: 0, skipped: rows, failed: 0, duplicates: 0 });
    });
  });
}

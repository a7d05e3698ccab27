import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { z } from 'zod';
import { ApiError } from '../../src/demo/api-client.ts';
import { describeFreescout } from '../../src/demo/freescout-generator.ts';
import { loadFreescout } from '../../src/demo/load-freescout.ts';
import { HOSTILE_EXPRESSIONS, HOSTILE_TABLES } from '../sources/hostile-expressions.ts';
import { makeProfile } from '../support/lading-process.ts';
import { openServed } from '../support/served.ts';
import type { Served } from '../support/served.ts';
import { startLoggingPostgres } from '../support/logging-postgres.ts';
import type { LoggingPostgres } from '../support/logging-postgres.ts';

const ID = { source: 'customers.id', target: 'external_id' };
const JOIN = { type: 'LEFT', table: 'emails', on: 'emails.customer_id = customers.id' };
const PLAIN = { base_table: 'customers', joins: [JOIN], fields: [ID], target_type: 'customer_users' };

/** Where an expression may stand in a query. */
const PLACES: readonly ((expression: string) => object)[] = [
  (source) => ({ ...PLAIN, fields: [ID, { source, target: 'notes' }] }),
  (on) => ({ ...PLAIN, joins: [{ ...JOIN, on }] }),
  (condition) => ({ ...PLAIN, joins: [{ ...JOIN, condition }] }),
  (field) => ({ ...PLAIN, filters: [{ field, operator: '=', value: 1 }] }),
];
const TABLE_PLACES: readonly ((table: string) => object)[] = [
  (table) => ({ ...PLAIN, base_table: table }),
  (table) => ({ ...PLAIN, joins: [{ ...JOIN, table }] }),
];

/** Requests under way at a time. */
const LANES = 4;

describe('hostile expressions', () => {
  let lading: Served;
  let postgres: LoggingPostgres;
  let source: pg.Client;
  let profile: string;

  before(async () => {
    postgres = await startLoggingPostgres();
    source = new pg.Client(postgres.url);
    await source.connect();
    await loadFreescout(source, describeFreescout({ seed: 5, customers: 100, conversations: 50, users: 5 }));
    lading = await openServed();
    profile = await makeProfile(lading.client, postgres.url);
  });
  after(async () => {
    await source.end();
    await lading.stop();
    await postgres.stop();
  });

  /** What a query is answered with: its status and the names of the fields at fault. */
  const ask = async (action: string, query: object): Promise<{ status: number; places: string[] }> => {
    try {
      await lading.client.post(`/api/import/profiles/${profile}/${action}`, query, z.unknown());
      return { status: 200, places: [] };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { errors } = z.object({ errors: z.record(z.string(), z.unknown()) }).parse(error.body);
      return { status: error.status, places: Object.keys(errors) };
    }
  };
  const statements = (): Promise<string[]> => postgres.statements('postgres');

  test('are all refused with the place named, and not one of them reaches the source', async () => {
    // The parser is held against each of them elsewhere; here every third goes the whole way. A blank text is no
    // expression where there need not be one, so none goes there.
    const expressions = HOSTILE_EXPRESSIONS.filter((text, at) => at % 3 === 0 && text.trim() !== '');
    const queries = [
      ...expressions.map((text, at) => ({ text, query: PLACES[at % PLACES.length]?.(text) ?? {} })),
      ...HOSTILE_TABLES.map((text, at) => ({ text, query: TABLE_PLACES[at % TABLE_PLACES.length]?.(text) ?? {} })),
    ];
    assert.ok(queries.length >= 300, String(queries.length));

    // What the product asks a source when it refuses a harmless mistake: nothing but its catalog.
    const ownBefore = (await statements()).length;
    for (const action of ['queries', 'builder/validate']) {
      const mistaken = PLACES[0]?.('customers.no_such_column') ?? {};
      assert.deepEqual(await ask(action, mistaken), { status: 422, places: ['fields.1.source'] });
    }
    const harmless = new Set((await statements()).slice(ownBefore));

    const before = (await statements()).length;
    const waiting = queries.entries();
    const accepted: string[] = [];
    const lane = async (): Promise<void> => {
      for (const [at, { text, query }] of waiting) {
        const { status, places } = await ask(at % 2 === 0 ? 'queries' : 'builder/validate', query);
        if (status !== 422 || places.length === 0) accepted.push(`${status}: ${text}`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    assert.deepEqual(accepted, []);

    // The log is written aside: what it holds is complete once a statement of ours shows up in it.
    await source.query(`select 'the end of the log'`);
    let log = await statements();
    while (!log.some((text) => text.includes('the end of the log'))) log = await statements();
    const others = log.slice(before).filter((text) => !harmless.has(text) && !text.includes('the end of the log'));
    assert.deepEqual([...new Set(others)], []);
  });

  test('would show up in the log, were they run', async () => {
    assert.deepEqual(await ask('builder/validate', PLAIN), { status: 200, places: [] });
    const log = await statements();
    assert.ok(log.some((text) => text.includes('"customers"') && text.includes('"emails"')));
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sweepSchedules } from '../../../src/engine/schedules/sweep-schedules.ts';
import { listed, said, startUniversal } from './universal-app.ts';
import type { Caller, Json, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;
let host: Server;
let content = '';
let url = '';

before(async () => {
  universal = await startUniversal({ worker: true });
  owner = await universal.join();
  host = createServer((_, response) => response.end(content)).listen(0, '127.0.0.1');
  await once(host, 'listening');
  const address = host.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/stock.csv`;
});

after(async () => {
  const { body } = await owner.ask('GET', '/schedules?per_page=100');
  for (const { id } of listed(body['data'])) await owner.ask('DELETE', `/schedules/${said(id)}`);
  await universal.close();
  host.close();
});

let made = 0;

async function importer(changes: object = {}): Promise<Json> {
  const { status, body } = await owner.askV1('POST', '/importers', {
    name: 'Daily stock',
    slug: `stock-${++made}`,
    key: ['sku'],
    source: { type: 'url', url },
    schema: {
      fields: [
        { name: 'sku', type: 'string', required: true },
        { name: 'count', type: 'integer' },
      ],
    },
    ...changes,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

const SELDOM = { name: 'Stock', cron: '0 0 29 2 *' };

async function scheduled(slug: Json | undefined, body: object = {}): Promise<Json> {
  const answer = await owner.ask('POST', '/schedules', { ...SELDOM, importer: said(slug), ...body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body['schedule'] ?? {};
}

/** Starts a run and waits for its job to end. */
async function ran(id: Json | undefined, runs: number): Promise<Json> {
  assert.equal((await owner.ask('POST', `/schedules/${said(id)}/trigger`)).status, 200);
  for (let tries = 0; tries < 300; tries++) {
    const { body } = await owner.ask('GET', `/schedules/${said(id)}`);
    const jobs = listed(body['schedule']?.['recent_jobs']);
    const jobId = jobs.length < runs ? undefined : jobs[0]?.['job_id'];
    const job = jobId === undefined ? undefined : (await owner.ask('GET', `/jobs/${said(jobId)}`)).body;
    if (job !== undefined && !['pending', 'running'].includes(said(job['status']))) return job;
    await delay(100);
  }
  throw new Error('the run never ended');
}

async function stockOf(target: Json | undefined): Promise<string[]> {
  const { body } = await owner.ask('GET', `/targets/${said(target)}/records?sort=sku`);
  return listed(body['data']).map(({ sku, count }) => `${said(sku)} ${said(count)}`);
}

test('an importer with a source of its own recurs: each run fetches the file as it is then', async () => {
  const { id: importerId, slug, target } = await importer();
  const schedule = await scheduled(slug, { options: { batch_size: 100 } });
  const { importer: shown, importer_id: shownId, profile_id: profileId, profile } = schedule;
  assert.deepEqual([shown, shownId, profileId, profile], [slug, importerId, null, null]);

  content = 'sku,count\na,1\nb,2\n';
  const first = await ran(schedule['id'], 1);
  assert.deepEqual([first['status'], first['records_imported'], first['kind']], ['completed', 2, 'import']);
  content = 'sku,count\na,1\nb,5\nc,3\n';
  const second = await ran(schedule['id'], 2);
  assert.deepEqual([second['records_updated'], second['records_skipped']], [1, 1]);
  assert.deepEqual(await stockOf(target), ['a 1', 'b 5', 'c 3']);
  const { body } = await owner.askV1('GET', `/imports?importer_id=${said(importerId)}`);
  assert.equal(body['total'], 2);
});

test('a schedule takes what it shows; naming a profile or an importer takes the place of the other', async () => {
  const [one, other] = [await importer(), await importer()];
  const schedule = await scheduled(one['slug']);
  const path = `/schedules/${said(schedule['id'])}`;
  const same = await owner.ask('PUT', path, { importer: schedule['importer'], profile_id: schedule['profile_id'] });
  assert.equal(same.status, 200, JSON.stringify(same.body));
  const changed = await owner.ask('PUT', path, { importer: other['id'] });
  assert.equal(changed.body['schedule']?.['importer'], other['slug']);
});

test('what cannot recur is told', async () => {
  const { slug } = await importer({ source: { type: 'upload' } });
  const { slug: fetched } = await importer();
  const stranger = await universal.join();
  const refused = async (body: object, by = owner): Promise<Json> => {
    const answer = await by.ask('POST', '/schedules', { ...SELDOM, ...body });
    assert.equal(answer.status, 422, JSON.stringify(answer.body));
    return answer.body['errors'] ?? {};
  };
  assert.deepEqual(Object.keys(await refused({ importer: said(slug) })), ['importer']);
  assert.deepEqual(Object.keys(await refused({ importer: 'nothing' })), ['importer']);
  assert.deepEqual(Object.keys(await refused({ importer: said(fetched) }, stranger)), ['importer']);
  assert.deepEqual(Object.keys(await refused({})), ['profile_id']);
  const profile_id = '0198c0de-0000-7000-8000-000000000001';
  assert.deepEqual(Object.keys(await refused({ importer: said(fetched), profile_id })), ['importer', 'profile_id']);
  assert.deepEqual(Object.keys(await refused({ importer: said(fetched), options: { since_last_run: true } })), [
    'options.since_last_run',
  ]);
  assert.deepEqual(Object.keys(await refused({ importer: said(fetched), mode_config: { import_mode: 'create' } })), [
    'mode_config.import_mode',
  ]);
  const mode_config = { duplicate_detection: { enabled: true, primary_fields: ['colour'] } };
  assert.deepEqual(Object.keys(await refused({ importer: said(fetched), mode_config })), [
    'mode_config.duplicate_detection.primary_fields',
  ]);
});

test('a run that fits its importer no more is a job that says so', async () => {
  const { slug, id } = await importer();
  const schedule = await scheduled(slug);
  await owner.askV1('PUT', `/importers/${said(id)}`, { source: { type: 'upload' } });
  const job = await ran(schedule['id'], 1);
  assert.equal(job['status'], 'failed');
  assert.match(said(job['errors']), /has no source to fetch a file from/u);
});

test('the schedule of a deleted importer is gone at once, and then from Temporal', async () => {
  const { slug, id } = await importer();
  const schedule = await scheduled(slug);
  assert.equal((await owner.askV1('DELETE', `/importers/${said(id)}`)).status, 204);
  assert.equal((await owner.ask('GET', `/schedules/${said(schedule['id'])}`)).status, 404);
  const { orm } = universal.app;
  await sweepSchedules({ orm, orchestrator: universal.orchestrator }, false);
  assert.equal(await universal.orchestrator.schedules.find(said(schedule['id'])), null);
});

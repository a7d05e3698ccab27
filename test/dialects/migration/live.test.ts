import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { EVENT_DIALECTS } from '../../../src/dialects/index.ts';
import { EventFeed } from '../../../src/engine/events/event-feed.ts';
import { createEvents } from '../../../src/engine/events/index.ts';
import { createLogger } from '../../../src/platform/logger.ts';
import { createRealtime } from '../../../src/realtime/create-realtime.ts';
import type { Realtime } from '../../../src/realtime/create-realtime.ts';
import { said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';
import { migrationsOf, putPackages } from './stage.ts';

interface Heard {
  readonly event: string;
  readonly data: Json;
}

let stage: UniversalApp;
let realtime: Realtime;
let owner: Caller;
const sockets: Socket[] = [];

before(async () => {
  stage = await startUniversal({ worker: true });
  const { orm, access, server } = stage.app;
  realtime = createRealtime({
    databaseUrl: orm.config.get('clientUrl') ?? '',
    events: createEvents({ orm, feed: new EventFeed() }),
    dialects: EVENT_DIALECTS,
    authenticate: async ({ token, cookie }) => (await access.authenticate({ bearer: token, cookie }))?.actor ?? null,
    logger: createLogger('api', 'silent'),
  });
  realtime.attach(server);
  owner = await stage.join({ role: 'owner' });
  await putPackages(orm, owner.user.tenantId);
});

after(async () => {
  for (const socket of sockets) socket.disconnect();
  await realtime.close();
  await stage.close();
});

/** What is said in words of this document to whoever has a token. */
async function listen(token: string, namespace = '/api/v1/onboarding'): Promise<Heard[]> {
  const heard: Heard[] = [];
  const socket = io(`${stage.app.url}${namespace}`, { query: { token }, forceNew: true });
  sockets.push(socket);
  socket.onAny((event: string, data: Json) => heard.push({ event, data }));
  await heardOnce(socket, 'connect');
  return heard;
}

function heardOnce(socket: Socket, event: string): Promise<Json> {
  const { promise, resolve } = Promise.withResolvers<Json>();
  socket.once(event, resolve);
  return promise;
}

async function until<T>(find: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = find();
    if (found !== undefined) return found;
    await delay(50);
  }
  throw new Error('it never came');
}

const ofJob = (heard: readonly Heard[], id: string): Heard[] =>
  heard.filter(({ event, data }) => event.startsWith('migration:') && said(data['job_id']) === id);

const ended = (heard: readonly Heard[], id: string) =>
  until(() =>
    ofJob(heard, id).find(({ event, data }) => event === 'migration:status' && said(data['status']) === 'completed'),
  );

function rows(count: number): string {
  const lines = Array.from({ length: count }, (_, at) =>
    at === 4 ? 'Siti,siti@email,PKG-1' : `Nama ${at},orang${at}@email.com,PKG-1`,
  );
  return `nama,email,paket_id\n${lines.join('\n')}\n`;
}

test('the owner of a job and owners and admins of his tenant hear what happens to it, others do not', async () => {
  const admin = await stage.join({ tenantId: owner.user.tenantId, role: 'admin' });
  const agent = await stage.join({ tenantId: owner.user.tenantId, role: 'agent', permissions: ['system.import'] });
  const other = await stage.join({ tenantId: owner.user.tenantId, role: 'agent', permissions: ['system.import'] });
  const stranger = await stage.join({ role: 'owner' });
  const [bySocket, byOther, byStranger] = await Promise.all(
    [admin, other, stranger].map(async ({ user }) => listen(await stage.app.login(user.email))),
  );
  assert.ok(bySocket && byOther && byStranger);
  const byFrame: Heard[] = [];
  const plain = new WebSocket(
    `${stage.app.url.replace('http', 'ws')}/ws?token=${await stage.app.login(agent.user.email)}`,
  );
  plain.on('message', (data: Buffer) => byFrame.push(JSON.parse(data.toString()) as Heard));
  await once(plain, 'open');

  const his = migrationsOf(agent);
  const id = said((await his.upload('jamaah', rows(150)))['job_id']);
  await his.ask('POST', `/${id}/validate`);
  const { data: validated } = await until(() =>
    ofJob(byFrame, id).find(({ event }) => event === 'migration:validated'),
  );
  const { event_id: eventId, ...facts } = validated;
  assert.ok(Number(eventId) > 0);
  assert.deepEqual(facts, {
    job_id: id,
    is_valid: true,
    total_rows: 150,
    valid_rows: 149,
    invalid_rows: 1,
    errors: [
      {
        row_number: 5,
        field_name: 'email',
        error_type: 'invalid_format',
        error_message: 'Email tidak valid: siti@email',
        received_value: 'siti@email',
      },
    ],
    error_summary: { missing_required: 0, invalid_format: 1, duplicate: 0, constraint_violation: 0 },
    can_proceed: true,
  });
  await his.ask('POST', `/${id}/start`);
  await ended(byFrame, id);
  await ended(bySocket, id);
  for (const heard of [byFrame, bySocket]) {
    const statuses = ofJob(heard, id).filter(({ event }) => event === 'migration:status');
    assert.deepEqual(
      statuses.map(({ data }) => [data['status'], data['status_display']]),
      [
        ['pending', 'Menunggu'],
        ['validating', 'Memvalidasi'],
        ['pending', 'Menunggu'],
        ['importing', 'Mengimpor'],
        ['completed', 'Selesai'],
      ],
    );
    const last = ofJob(heard, id).findLast(({ event }) => event === 'migration:progress');
    assert.deepEqual(
      [last?.data['processed'], last?.data['total'], last?.data['progress_percentage']],
      [150, 150, 100],
    );
    const {
      event_id: _,
      duration_seconds: seconds,
      ...done
    } = ofJob(heard, id).find(({ event }) => event === 'migration:completed')?.data ?? {};
    assert.deepEqual(done, { job_id: id, status: 'completed', imported: 149, failed: 1 });
    assert.ok(Number(seconds) >= 0);
  }
  assert.deepEqual([...ofJob(byOther, id), ...ofJob(byStranger, id)], []);
  plain.close();
});

test('Progress Update (setiap 100 baris), and its last one is exact', async () => {
  const heard = await listen(await stage.app.login(owner.user.email), '/');
  const jobs = migrationsOf(owner);
  const id = said((await jobs.upload('jamaah', rows(2_150)))['job_id']);
  await jobs.ask('POST', `/${id}/start`);
  await ended(heard, id);
  const told = ofJob(heard, id).flatMap(({ event, data }) => (event === 'migration:progress' ? [data] : []));
  const processed = told.map((data) => Number(data['processed']));
  assert.equal(processed.at(-1), 2_150);
  assert.ok(
    processed.slice(0, -1).every((count) => count % 100 === 0 && count < 2_150),
    processed.join(),
  );
  assert.deepEqual(
    processed,
    processed.toSorted((a, b) => a - b),
  );
});

test('MigrationClient of the document runs unchanged', async () => {
  const source = readFileSync(new URL('migration-client.ts.txt', import.meta.url), 'utf8');
  const [printed = ''] = source.split('// Usage\n');
  // A module without a file finds packages by their addresses only.
  const code = stripTypeScriptTypes(printed, { mode: 'strip' })
    .replace(`'axios'`, JSON.stringify(import.meta.resolve('axios')))
    .replace(`'socket.io-client'`, JSON.stringify(import.meta.resolve('socket.io-client')));
  interface MigrationClient {
    uploadCSV(file: File, importType: string): Promise<Json>;
    startImport(jobId: string): Promise<Json>;
    trackProgress(jobId: string, onProgress: (data: Json) => void): void;
    getStatus(jobId: string): Promise<Json>;
    readonly socket: Socket;
  }
  const module = (await import(
    `data:text/javascript,${encodeURIComponent(`${code}\nexport { MigrationClient };`)}`
  )) as { MigrationClient: new (baseURL: string, token: string) => MigrationClient };
  const token = await stage.app.login(owner.user.email);
  const client = new module.MigrationClient(`${stage.app.url}/api/v1/onboarding`, token);
  sockets.push(client.socket);
  await heardOnce(client.socket, 'connect');

  const file = new File([rows(150).replaceAll('orang', 'klien')], 'jamaah-import.csv', { type: 'text/csv' });
  const result = await client.uploadCSV(file, 'jamaah');
  const id = said(result['job_id']);
  const told: Json[] = [];
  client.trackProgress(id, (progress) => told.push(progress));
  const completed = heardOnce(client.socket, 'migration:completed');
  assert.equal(said((await client.startImport(id))['job_id']), id);
  const done = await completed;
  assert.deepEqual([done['job_id'], done['imported'], done['failed']], [id, 149, 1]);
  assert.equal(told.at(-1)?.['progress_percentage'], 100);
  assert.equal(said((await client.getStatus(id))['status']), 'completed');
});

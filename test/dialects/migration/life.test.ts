import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { said } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';
import { form, migrationsOf, PACKAGES, startMigrations } from './stage.ts';
import type { Migrations } from './stage.ts';

let stage: UniversalApp;
let caller: Caller;
let jobs: Migrations;
let packages: Json;

before(async () => {
  ({ stage, caller, jobs } = await startMigrations());
  packages = await jobs.bringIn('package', PACKAGES);
});

after(() => stage.close());

const bad = (message: string): unknown => [400, { statusCode: 400, message, error: 'Bad Request' }];
const NOT_FOUND = [404, { statusCode: 404, message: 'Job migrasi tidak ditemukan', error: 'Not Found' }];

async function told(asked: ReturnType<Caller['askV1']>): Promise<unknown> {
  const { status, body } = await asked;
  return [status, body];
}

test('Batalkan import yang sudah selesai (dalam 24 jam): what it brought in is gone when the answer comes', async () => {
  const done = await jobs.bringIn('jamaah', 'nama,email,paket_id\nAda,ada@email.com,PKG-1\nBob,bob@email.com,PKG-1\n');
  const id = said(done['id']);
  const [first] = await jobs.records('jamaah');
  assert.equal(
    (await caller.ask('PATCH', `/targets/jamaah/records/${said(first?.['id'])}`, { status: 'aktif' })).status,
    200,
  );
  const kept = await caller.ask('POST', `/jobs/${said(packages['id'])}/rollback`, {
    rollback_options: { dry_run: true },
    confirmation: { understood_consequences: true, backup_created: true },
  });
  assert.equal(kept.status, 201, JSON.stringify(kept.body));

  const { status, body } = await jobs.ask('POST', `/${id}/rollback`);
  assert.equal(status, 200, JSON.stringify(body));
  const { rollback_at: at, rollback_job_ids: by, ...job } = body['job'] as Json;
  assert.deepEqual(
    [body['message'], job],
    [
      'Rollback berhasil dilakukan',
      {
        id,
        job_id: id,
        status: 'rolled_back',
        outcomes: { reversed: 1, kept_edited: 1, kept_referenced: 0, kept_superseded: 0, failed: 0 },
      },
    ],
  );
  assert.match(said(at), /^\d{4}-.*Z$/u);
  assert.equal((by as unknown as readonly unknown[]).length, 1);
  assert.equal((await jobs.records('jamaah')).length, 1);
  assert.deepEqual(
    [(await jobs.status(id))['status_display'], (await jobs.status(said(packages['id'])))['status']],
    ['Dibatalkan', 'completed'],
  );
  assert.deepEqual(
    await told(jobs.ask('POST', `/${id}/rollback`)),
    bad('Tidak dapat melakukan rollback untuk status: rolled_back'),
  );
});

test('a package that pilgrims refer to is kept by a rollback, others go', async () => {
  const id = said(packages['id']);
  const { body } = await jobs.ask('POST', `/${id}/rollback`);
  assert.deepEqual(body['job']?.['outcomes'], {
    reversed: 1,
    kept_edited: 0,
    kept_referenced: 1,
    kept_superseded: 0,
    failed: 0,
  });
  const again = await jobs.bringIn('package', PACKAGES);
  assert.equal(again['valid_rows'], 2);
});

test('an import is not rolled back later than 24 hours after its end, by the clock of the database', async () => {
  const done = await jobs.bringIn('package', 'paket_id,nama\nPKG-LATE,Late\n');
  const id = said(done['id']);
  await stage.app.orm.em
    .fork()
    .execute(`update "import_jobs" set "completed_at" = now() - interval '24 hours 1 second' where "id" = ?`, [id]);
  assert.deepEqual(
    await told(jobs.ask('POST', `/${id}/rollback`)),
    bad('Tidak dapat melakukan rollback untuk status: completed (lebih dari 24 jam sejak import selesai)'),
  );
});

test('what is pending is neither rolled back nor deleted; what has ended is deleted', async () => {
  const id = said((await jobs.upload('package', PACKAGES))['job_id']);
  assert.deepEqual(
    await told(jobs.ask('POST', `/${id}/rollback`)),
    bad('Tidak dapat melakukan rollback untuk status: pending'),
  );
  assert.deepEqual(await told(jobs.ask('DELETE', `/${id}`)), bad('Hanya job yang sudah selesai yang dapat dihapus'));
  assert.equal((await jobs.ask('POST', `/${id}/start`)).status, 200);
  await jobs.until(id, 'completed');
  assert.deepEqual(
    await told(jobs.ask('POST', `/${id}/start`)),
    bad('Tidak dapat memulai import untuk status: completed'),
  );
  assert.deepEqual(await told(jobs.ask('DELETE', `/${id}`)), [200, { message: 'Job migrasi berhasil dihapus' }]);
  assert.deepEqual(await told(jobs.ask('GET', `/${id}/status`)), NOT_FOUND);
  assert.equal((await caller.ask('GET', `/jobs/${id}`)).status, 200);
});

test('jobs are listed with filters, order and pages', async () => {
  const { body } = await jobs.ask(
    'GET',
    '?import_type=jamaah&status=rolled_back&limit=1&sort_by=total_rows&sort_order=ASC',
  );
  const [first] = body['data'] as unknown as Json[];
  const { id, created_at: at, job_id: jobId, ...rest } = first as Json;
  assert.deepEqual(
    [body['total'], body['page'], body['limit'], id === jobId, said(at).endsWith('Z'), rest],
    [
      1,
      1,
      1,
      true,
      true,
      {
        import_type: 'jamaah',
        file_name: 'jamaah-import.csv',
        status: 'rolled_back',
        total_rows: 2,
        valid_rows: 2,
        invalid_rows: 0,
      },
    ],
  );
  const { body: far } = await jobs.ask('GET', '?page=99');
  assert.deepEqual([far['data'], far['page'], far['limit']], [[], 99, 20]);
  assert.ok(Number(far['total']) > 2);
  const wrong = await jobs.ask('GET', '?sort_by=secret&limit=101');
  assert.equal(wrong.status, 400);
  assert.match(said(wrong.body['message']), /sort_by.*limit|limit.*sort_by/u);
});

test('Agent (own jobs only): he looks at his own and changes nothing', async () => {
  const agent = await stage.join({ tenantId: caller.user.tenantId, role: 'agent', permissions: ['system.import'] });
  const his = migrationsOf(agent);
  const id = said((await his.upload('package', PACKAGES))['job_id']);
  const { body } = await his.ask('GET', '');
  assert.deepEqual(
    (body['data'] as unknown as Json[]).map((job) => job['id']),
    [id],
  );
  assert.deepEqual(await told(his.ask('GET', `/${said(packages['id'])}/status`)), NOT_FOUND);
  assert.equal((await jobs.ask('GET', `/${id}/status`)).status, 200);

  const plain = migrationsOf(await stage.join({ tenantId: caller.user.tenantId, role: 'agent' }));
  const forbidden = [403, { statusCode: 403, message: 'Forbidden', error: 'Forbidden' }];
  assert.deepEqual(await told(plain.ask('POST', '/upload', form('package', PACKAGES))), forbidden);
  assert.deepEqual(await told(plain.ask('POST', `/${id}/start`)), forbidden);
  assert.equal((await plain.ask('GET', '')).body['total'], 0);
  const template = await fetch(`${stage.app.url}/api/v1/onboarding/migration/templates/jamaah`, {
    headers: { Authorization: `Bearer ${await stage.app.login(agent.user.email)}` },
  });
  assert.deepEqual(
    [template.headers.get('content-disposition'), template.headers.get('content-type')],
    ['attachment; filename="template-jamaah.csv"', 'text/csv'],
  );
  assert.equal(
    await template.text(),
    'nama,email,telepon,nik,tanggal_lahir,jenis_kelamin,alamat,paket_id,status,catatan\n',
  );
  assert.equal((await plain.ask('GET', '/templates/umrah')).status, 400);
});

test('nothing of a tenant is there for another, and nobody comes in without a token', async () => {
  const stranger = migrationsOf(await stage.join({ role: 'owner' }));
  const id = said(packages['id']);
  for (const [method, path] of [
    ['GET', '/status'],
    ['GET', '/errors'],
    ['POST', '/validate'],
    ['POST', '/start'],
    ['POST', '/rollback'],
    ['DELETE', ''],
  ] as const) {
    assert.deepEqual(await told(stranger.ask(method, `/${id}${path}`)), NOT_FOUND);
    assert.deepEqual(await told(stranger.ask(method, `/${randomUUID()}${path}`)), NOT_FOUND);
  }
  assert.equal((await stranger.ask('GET', '')).body['total'], 0);
  const answer = await fetch(`${stage.app.url}/api/v1/onboarding/migration`);
  assert.deepEqual(
    [answer.status, await answer.json()],
    [401, { statusCode: 401, message: 'Unauthorized', error: 'Unauthorized' }],
  );
});

test('10 concurrent imports per tenant: the eleventh is told to come back', async () => {
  const owner = await stage.join({ role: 'owner' });
  const theirs = migrationsOf(owner);
  const ids: string[] = [];
  for (let made = 0; made < 11; made++) ids.push(said((await theirs.upload('package', PACKAGES))['job_id']));
  // No worker of this test takes them while they are paused: held imports that were let go count like running ones.
  await stage.app.orm.em
    .fork()
    .execute(`update "import_jobs" set "held" = false, "status" = 'paused' where "id" = any(?::uuid[])`, [
      `{${ids.slice(0, 10).join(',')}}`,
    ]);
  const { status, body, headers } = await theirs.ask('POST', `/${ids[10]}/start`);
  assert.deepEqual(
    [status, body],
    [
      429,
      {
        statusCode: 429,
        message: 'Terlalu banyak import bersamaan (maksimal 10 per tenant)',
        error: 'Too Many Requests',
      },
    ],
  );
  assert.ok(Number(headers.get('retry-after')) > 0);
  await stage.app.orm.em.fork().execute(`update "import_jobs" set "status" = 'cancelled' where "id" = ?`, [ids[0]]);
  assert.equal((await theirs.ask('POST', `/${ids[10]}/start`)).status, 200);
  await theirs.until(ids[10] ?? '', 'completed');
});

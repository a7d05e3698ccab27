import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { sweepJobs } from '../../../src/engine/jobs/sweep.ts';
import { ImportFile } from '../../../src/store/entities/import-file.ts';
import { said } from '../universal/universal-app.ts';
import type { Caller, UniversalApp } from '../universal/universal-app.ts';
import { form, migrationsOf, PACKAGES, putPackages, startMigrations } from './stage.ts';
import type { Migrations } from './stage.ts';

let stage: UniversalApp;
let caller: Caller;
let jobs: Migrations;

before(async () => {
  ({ stage, caller, jobs } = await startMigrations());
  await putPackages(stage.app.orm, caller.user.tenantId);
});

after(() => stage.close());

test('columns under other names fill the fields that the mapping says', async () => {
  const content = 'Nama Lengkap;Surel;Kode;Lain\nÄda;ada@email.com;PKG-1;x\n';
  const mapping = { 'Nama Lengkap': 'nama', Surel: 'email', Kode: 'paket_id' };
  for (const more of [
    { column_mapping: JSON.stringify(mapping) },
    Object.fromEntries(Object.entries(mapping).map(([column, field]) => [`column_mapping[${column}]`, field])),
  ]) {
    const uploaded = await jobs.upload('jamaah', content, more);
    assert.deepEqual(
      [uploaded['delimiter'], uploaded['columns'], uploaded['preview_rows']],
      [
        ';',
        ['Nama Lengkap', 'Surel', 'Kode', 'Lain'],
        [{ 'Nama Lengkap': 'Äda', Surel: 'ada@email.com', Kode: 'PKG-1', Lain: 'x' }],
      ],
    );
    const id = said(uploaded['job_id']);
    await jobs.ask('POST', `/${id}/start`);
    const done = await jobs.until(id, 'completed', 'failed');
    assert.deepEqual(
      [done['status'], done['valid_rows'], done['metadata']?.['columnMapping']],
      ['completed', 1, mapping],
    );
  }
  assert.deepEqual(
    (await jobs.records('jamaah')).map(({ nama, email }) => [nama, email]),
    [['Äda', 'ada@email.com']],
  );
});

test('encodings, marks and line ends of files are found out', async () => {
  const text = 'paket_id,nama,deskripsi\r\nPKG-É,"Umroh ""Plus""","satu\r\ndua"\r\n';
  const files: [Uint8Array<ArrayBuffer>, string][] = [
    [new Uint8Array(Buffer.from(`\ufeff${text}`)), 'utf-8'],
    [new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le')), 'utf-16le'],
  ];
  for (const [bytes, encoding] of files) {
    const uploaded = await jobs.upload('package', new Blob([bytes]));
    assert.deepEqual(
      [uploaded['encoding'], uploaded['total_rows'], uploaded['preview_rows']],
      [encoding, 1, [{ paket_id: 'PKG-É', nama: 'Umroh "Plus"', deskripsi: 'satu\r\ndua' }]],
    );
    const id = said(uploaded['job_id']);
    await jobs.ask('POST', `/${id}/start`);
    assert.equal((await jobs.until(id, 'completed', 'failed'))['valid_rows'], 1);
  }
  const packages = await jobs.records('package');
  assert.equal(packages.filter((record) => said(record['paket_id']) === 'PKG-É').length, 1);
});

test('what is no CSV file is refused and leaves nothing in storage', async () => {
  const stored = async (): Promise<number> => {
    let count = 0;
    for await (const _ of stage.files.storage.list('uploads/')) count++;
    return count;
  };
  const before = await stored();
  for (const content of [
    '',
    '\n\n\n',
    'nama,paket_id\n',
    '%PDF-1.7 nothing',
    'PK\u0003\u0004 nothing',
    '[{"nama":"Ada","paket_id":"PKG-1"}]',
    '<!doctype html><html></html>',
  ]) {
    const { status, body } = await jobs.ask('POST', '/upload', form('jamaah', content));
    assert.deepEqual(
      [status, body],
      [400, { statusCode: 400, message: 'File CSV kosong atau tidak valid', error: 'Bad Request' }],
      content,
    );
  }
  assert.equal((await jobs.ask('POST', '/upload', form('jamaah', `\ufeffa,b\n1,2\n`))).status, 400);
  assert.equal(await stored(), before);
});

test('a file of somebody else is not taken by saying where it lies', async () => {
  await jobs.upload('package', PACKAGES);
  const [file] = await stage.app.orm.em.fork().find(ImportFile, {});
  const stranger = migrationsOf(await stage.join({ role: 'owner' }));
  const forged = { key: file?.storageKey, sha256: file?.sha256, name: 'mine.csv', size: file?.size, charset: null };
  const { status, body } = await stranger.ask('POST', '/upload', { import_type: 'package', file: forged });
  assert.deepEqual([status, body['message']], [400, 'File CSV wajib diunggah']);
});

test('NIK has 16 digits, money and dates are read, what runs in a spreadsheet is guarded in the report', async () => {
  const done = await jobs.bringIn(
    'jamaah',
    `nama,email,nik,tanggal_lahir,telepon,paket_id
Satu,satu@email.com,3201234567890123,1990-05-17,081234567890,PKG-1
Dua,dua@email.com,320123,1990-05-17,081234567890,PKG-1
Tiga,tiga@email.com,3201234567890123,1990-05-17,081234567890,PKG-1
Empat,empat@email.com,,31-31-1990,081234567890,PKG-1
Lima,lima@email.com,,1990-05-17,=cmd(),PKG-1
`,
  );
  assert.deepEqual([done['valid_rows'], done['invalid_rows']], [1, 4]);
  const report = await fetch(`${stage.app.url}${said(done['error_report_url'])}`, {
    headers: { Authorization: `Bearer ${await stage.app.login(caller.user.email)}` },
  });
  const lines = (await report.text()).trimEnd().split('\n').slice(1);
  assert.deepEqual(lines, [
    '2,invalid_format,nik,NIK harus 16 digit angka: 320123,320123',
    "3,duplicate,nik,Nilai 'nik' sudah ada di baris lain: 3201234567890123,3201234567890123",
    '4,invalid_format,tanggal_lahir,Tanggal tidak valid: 31-31-1990,31-31-1990',
    "5,invalid_format,telepon,Nomor telepon tidak valid: =cmd(),'=cmd()",
  ]);
});

test('a pilgrim is brought in without an e-mail address, by a file that has no column for it, too', async () => {
  const done = await jobs.bringIn('jamaah', 'nama,paket_id\nTanpa Surel,PKG-1\n');
  assert.deepEqual([done['status'], done['valid_rows'], done['invalid_rows']], ['completed', 1, 0]);
});

test('an import of which no row can be taken has failed, and can be deleted', async () => {
  const done = await jobs.bringIn('jamaah', 'nama,paket_id\nAda,PKG-404\n');
  assert.deepEqual([done['status'], done['status_display'], done['invalid_rows']], ['failed', 'Gagal', 1]);
  const id = said(done['id']);
  const { status, body } = await jobs.ask('POST', `/${id}/rollback`);
  assert.deepEqual([status, body['message']], [400, 'Tidak dapat melakukan rollback untuk status: failed']);
  assert.equal((await jobs.ask('DELETE', `/${id}`)).status, 200);
});

test('an import waits until it is asked for, and one that was let go is started by whoever finds it', async () => {
  const id = said((await jobs.upload('package', PACKAGES))['job_id']);
  const em = stage.app.orm.em.fork();
  const old = `update "import_jobs" set "updated_at" = now() - interval '1 minute' where "id" = ?`;
  await em.execute(old, [id]);
  const orchestrator = stage.orchestrator;
  await sweepJobs({ orm: stage.app.orm, orchestrator });
  await delay(200);
  assert.equal((await jobs.status(id))['status'], 'pending');
  // As if the process had died after it committed that the import begins.
  await em.execute(
    `update "import_jobs" set "held" = false, "updated_at" = now() - interval '1 minute' where "id" = ?`,
    [id],
  );
  assert.equal((await jobs.status(id))['status'], 'importing');
  await sweepJobs({ orm: stage.app.orm, orchestrator });
  await jobs.until(id, 'completed');
});

test('an import that is cancelled has failed; what it had brought in is rolled back', async () => {
  const lines = Array.from({ length: 10_000 }, (_, at) => `BIG-${at},Paket ${at}`);
  const id = said((await jobs.upload('package', `paket_id,nama\n${lines.join('\n')}\n`))['job_id']);
  await jobs.ask('POST', `/${id}/start`);
  for (;;) {
    const job = await jobs.status(id);
    if (said(job['status']) === 'importing' && Number(job['processed_rows']) > 0) break;
    await delay(20);
  }
  assert.equal((await caller.ask('POST', `/jobs/${id}/cancel`)).status, 200);
  const cancelled = await jobs.status(id);
  assert.equal(cancelled['status'], 'failed');
  const { status, body } = await jobs.ask('POST', `/${id}/rollback`);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(
    [body['job']?.['status'], body['job']?.['outcomes']?.['reversed']],
    ['rolled_back', cancelled['valid_rows']],
  );
  const { body: left } = await caller.ask('GET', '/targets/package/records?search=BIG-');
  assert.equal(left['meta']?.['total'], 0);
});

test('a person edits records: a package must exist, and one that is referred to keeps its code', async () => {
  await jobs.bringIn('jamaah', 'nama,email,paket_id\nZed,zed@email.com,PKG-1\n');
  const [zed] = (await jobs.records('jamaah')).filter(({ email }) => said(email) === 'zed@email.com');
  const edit = (type: string, id: unknown, change: unknown) =>
    caller.ask('PATCH', `/targets/${type}/records/${said(id as never)}`, change);
  assert.equal((await edit('jamaah', zed?.['id'], { paket_id: 'PKG-2' })).status, 200);
  const unknown = await edit('jamaah', zed?.['id'], { paket_id: 'PKG-404' });
  assert.deepEqual([unknown.status, Object.keys(unknown.body['errors'] ?? {})], [422, ['paket_id']]);
  const packages = await jobs.records('package');
  const plus = packages.find((record) => said(record['paket_id']) === 'PKG-2');
  assert.equal((await edit('package', plus?.['id'], { paket_id: 'PKG-3' })).status, 409);
  // What somebody else made or renamed is known by what it is called now.
  assert.equal((await edit('jamaah', zed?.['id'], { email: 'zacharias@email.com' })).status, 200);
  const count = (await jobs.records('jamaah')).length;
  await jobs.bringIn('jamaah', 'nama,email,paket_id\nZacharias,zacharias@email.com,PKG-2\nZed,zed@email.com,PKG-1\n');
  assert.equal((await jobs.records('jamaah')).length, count + 1);
  const found = await caller.ask('GET', '/targets/jamaah/records?filter[paket_id]=PKG-2');
  assert.equal(found.body['meta']?.['total'], 1);
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { said } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';
import { form, putPackages, startMigrations } from './stage.ts';
import type { Migrations } from './stage.ts';

let stage: UniversalApp;
let caller: Caller;
let jobs: Migrations;

before(async () => {
  ({ stage, caller, jobs } = await startMigrations());
  await putPackages(stage.app.orm, caller.user.tenantId);
});

after(() => stage.close());

const JAMAAH = `nama,email,telepon,paket_id
Ahmad Rizki,ahmad@email.com,081234567890,PKG-1
Siti,siti@email,081234567891,PKG-1
Budi,budi@email.com,081234567892,PKG-9
,dewi@email.com,081234567893,PKG-2
Eka,eka@email.com,081234567894,
Fajar,ahmad@email.com,081234567895,PKG-2
Gita,gita@email.com,081234567896,PKG-2
`;

test('a file is uploaded, validated, started and shown as the document prints it', async () => {
  const uploaded = await jobs.upload('jamaah', JAMAAH);
  const { job_id: id, preview_rows: preview, ...rest } = uploaded;
  assert.deepEqual(rest, {
    import_type: 'jamaah',
    file_name: 'jamaah-import.csv',
    total_rows: 7,
    columns: ['nama', 'email', 'telepon', 'paket_id'],
    encoding: 'utf-8',
    delimiter: ',',
  });
  const first = (preview as unknown as readonly Json[])[0];
  assert.deepEqual(first, {
    nama: 'Ahmad Rizki',
    email: 'ahmad@email.com',
    telepon: '081234567890',
    paket_id: 'PKG-1',
  });
  const job = said(id);
  const { body: waiting } = await jobs.ask('GET', `/${job}/status`);
  assert.deepEqual([waiting['status'], waiting['updated_at']], ['pending', waiting['created_at']]);

  const validated = await jobs.ask('POST', `/${job}/validate`);
  assert.deepEqual(
    [validated.status, validated.body],
    [200, { message: 'Validasi dimulai. Anda akan menerima notifikasi saat selesai.', job_id: job }],
  );
  const checked = await jobs.until(job, 'pending');
  assert.deepEqual([checked['valid_rows'], checked['invalid_rows'], checked['processed_rows']], [2, 5, 0]);
  assert.deepEqual(await jobs.records('jamaah'), []);

  const report = await fetch(`${stage.app.url}/api/v1/onboarding/migration/${job}/errors`, {
    headers: { Authorization: `Bearer ${await stage.app.login(caller.user.email)}` },
  });
  assert.deepEqual(
    [report.headers.get('content-type'), report.headers.get('content-disposition')],
    ['text/csv', `attachment; filename="errors-${job}.csv"`],
  );
  const csv = `row_number,error_type,field_name,error_message,received_value
2,invalid_format,email,Email tidak valid: siti@email,siti@email
3,constraint_violation,paket_id,Nilai 'paket_id' tidak ditemukan: PKG-9,PKG-9
4,missing_required,nama,Field 'nama' wajib diisi,
5,missing_required,paket_id,Field 'paket_id' wajib diisi,
6,duplicate,email,Nilai 'email' sudah ada di baris lain: ahmad@email.com,ahmad@email.com
`;
  assert.equal(await report.text(), csv);

  const started = await jobs.ask('POST', `/${job}/start`);
  assert.deepEqual(
    [started.status, started.body],
    [200, { message: 'Import dimulai. Progress akan diupdate secara real-time.', job_id: job }],
  );
  const done = await jobs.until(job, 'completed');
  const {
    started_at: startedAt,
    completed_at: completedAt,
    created_at: createdAt,
    updated_at: updatedAt,
    ...shown
  } = done;
  for (const time of [startedAt, completedAt, createdAt, updatedAt]) assert.match(said(time), /^\d{4}-.*Z$/u);
  assert.deepEqual(shown, {
    id: job,
    job_id: job,
    tenant_id: caller.user.tenantId,
    user_id: caller.user.id,
    import_type: 'jamaah',
    file_name: 'jamaah-import.csv',
    file_size: Buffer.byteLength(JAMAAH),
    status: 'completed',
    status_display: 'Selesai',
    total_rows: 7,
    processed_rows: 7,
    valid_rows: 2,
    invalid_rows: 5,
    progress_percentage: 100,
    error_report_url: `/api/v1/onboarding/migration/${job}/errors`,
    error_message: null,
    metadata: {
      fileName: 'jamaah-import.csv',
      fileSize: Buffer.byteLength(JAMAAH),
      encoding: 'utf-8',
      delimiter: ',',
      importType: 'jamaah',
      errorSummary: { missingRequired: 2, invalidFormat: 1, duplicate: 1, constraintViolation: 1 },
    },
  });
  const records = await jobs.records('jamaah');
  assert.deepEqual(
    records.map(({ nama, email, paket_id: paket }) => [said(nama), said(email), said(paket)].join()).toSorted(),
    ['Ahmad Rizki,ahmad@email.com,PKG-1', 'Gita,gita@email.com,PKG-2'],
  );
});

test('a known e-mail updates, without a validation that was asked for', async () => {
  const done = await jobs.bringIn('jamaah', 'nama,email,paket_id\nAhmad R.,ahmad@email.com,PKG-2\n');
  assert.deepEqual([done['status'], done['valid_rows']], ['completed', 1]);
  const records = await jobs.records('jamaah');
  const ahmad = records.filter(({ email }) => said(email) === 'ahmad@email.com');
  assert.deepEqual(
    ahmad.map(({ nama, paket_id: paket }) => [nama, paket]),
    [['Ahmad R.', 'PKG-2']],
  );
});

test('a payment names its pilgrim by e-mail or by id; an unknown one violates a constraint', async () => {
  const [jamaah] = await jobs.records('jamaah');
  const id = said(jamaah?.['id']);
  const done = await jobs.bringIn(
    'payment',
    `jamaah_id,jumlah,tanggal_bayar,nomor_referensi\n${id},5000000,2025-01-15,REF-1\n${said(jamaah?.['email'])},7500000,2025-01-16,REF-2\nnobody@email.com,1000000,2025-01-16,REF-3\n`,
  );
  assert.deepEqual(
    [done['valid_rows'], done['invalid_rows'], done['metadata']?.['errorSummary']?.['constraintViolation']],
    [2, 1, 1],
  );
  const payments = await jobs.records('payment');
  assert.deepEqual(
    payments.map((payment) => payment['jamaah_id']),
    [id, id],
  );
});

test('what is wrong with a file is told as printed', async () => {
  const told = async (body: unknown): Promise<unknown> => {
    const answer = await jobs.ask('POST', '/upload', body);
    return [answer.status, answer.body];
  };
  const bad = (message: string): unknown => [400, { statusCode: 400, message, error: 'Bad Request' }];
  assert.deepEqual(await told(form('jamaah', '')), bad('File CSV kosong atau tidak valid'));
  assert.deepEqual(await told(form('jamaah', 'nama,paket_id\n')), bad('File CSV kosong atau tidak valid'));
  assert.deepEqual(
    await told(form('jamaah', 'name,email\nAda,ada@email.com\n')),
    bad('Kolom yang diperlukan tidak ditemukan: nama, paket_id'),
  );
  const nothing = new FormData();
  nothing.append('import_type', 'jamaah');
  assert.deepEqual(await told(nothing), bad('File CSV wajib diunggah'));
  assert.deepEqual(
    await told(form('jamaah', 'nama,paket_id\nAda,PKG-1\n', { column_mapping: '{"gibt es nicht":"nama"}' })),
    bad('Pemetaan kolom tidak valid: gibt es nicht'),
  );
  for (const mapping of ['{', '[]', '"nama"', '{"nama":1}']) {
    assert.deepEqual(
      await told(form('jamaah', 'nama,paket_id\nAda,PKG-1\n', { column_mapping: mapping })),
      bad('column_mapping harus berupa objek JSON'),
    );
  }
  const two = form('jamaah', 'nama,paket_id\nAda,PKG-1\n');
  two.append('file', new Blob(['nama,paket_id\n']), 'dua.csv');
  assert.deepEqual(await told(two), bad('Hanya satu file CSV yang dapat diunggah'));
  const wrong = await jobs.ask('PATCH', '/upload', {});
  assert.deepEqual(
    [wrong.status, wrong.body],
    [405, { statusCode: 405, message: 'Metode tidak diizinkan', error: 'Method Not Allowed' }],
  );
  assert.deepEqual(
    await told(form('umrah', 'a\n1\n')),
    bad('import_type harus salah satu dari: jamaah, payment, package'),
  );
  const sent = async (type: string, body: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${await stage.app.login(caller.user.email)}`, 'content-type': type };
    const url = `${stage.app.url}/api/v1/onboarding/migration/upload`;
    const answer = await fetch(url, { method: 'POST', headers, body });
    return [answer.status, await answer.json()];
  };
  assert.deepEqual(await sent('text/csv', 'nama,paket_id\nAda,PKG-1\n'), bad('File CSV wajib diunggah'));
  assert.deepEqual(
    await sent('application/x-www-form-urlencoded', 'import_type=jamaah'),
    bad('File CSV wajib diunggah'),
  );
  assert.deepEqual(
    await sent(
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"',
    ),
    bad('File CSV kosong atau tidak valid'),
  );
  const row = 'Ada,PKG-1\n';
  const head = 'nama,paket_id\n';
  const full = head + row.repeat(Math.floor((10_485_760 - head.length) / row.length));
  const exact = `${full}${' '.repeat(10_485_760 - full.length - 1)}\n`;
  assert.equal(exact.length, 10_485_760);
  assert.equal((await jobs.ask('POST', '/upload', form('jamaah', exact))).status, 200);
  assert.deepEqual(await told(form('jamaah', `${exact} `)), bad('Ukuran file terlalu besar (maksimal 10MB)'));
});

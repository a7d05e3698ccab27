import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openStorage } from '../../../src/platform/storage/open-storage.ts';
import { filePlaces } from '../../support/files.ts';
import { noPython } from '../../support/python-servers.ts';
import { startS3Server } from '../../support/s3-server.ts';
import type { S3Server } from '../../support/s3-server.ts';
import { said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, UniversalApp } from '../universal/universal-app.ts';
import { createJob, reachedJob } from './jobs-stage.ts';

const skip = noPython;
let server: S3Server;
let stage: UniversalApp;
let caller: Caller;

before(async () => {
  if (skip !== false) return;
  server = await startS3Server();
  const files = { ...filePlaces(), storage: openStorage(server.setting('lading/files')) };
  stage = await startUniversal({ worker: true, files });
  caller = await stage.join();
});

after(async () => {
  if (skip !== false) return;
  await stage.close();
  await server.stop();
});

test('with a bucket for storage, files go to it and come from it by presigned URLs', { skip }, async () => {
  const { body } = await caller.askAt('GET', '/common/upload-url?filename=contacts.csv');
  const url = new URL(said(body['upload_url']));
  assert.equal(url.origin, server.endpoint);
  assert.equal(url.pathname, `/${server.bucket}/lading/files/${said(body['s3_key'])}`);
  assert.equal(url.searchParams.get('X-Amz-Expires'), '86400');
  assert.equal(body['expires_in'], '24h0m0s');
  assert.equal((await fetch(url, { method: 'PUT', body: 'first_name,last_name\nAda,Lovelace\n' })).status, 200);

  const imported = await createJob(caller, {
    job_type: 'insert_csv_file',
    job_data: { s3_key: said(body['s3_key']), s3_bucket: server.bucket },
  });
  const { job } = await reachedJob(caller, imported);
  assert.equal(job['job_response']?.['messages'], 'Successfully imported 1 record');

  const exported = await createJob(caller, {
    job_type: 'export_csv_file',
    job_data: { service: 'contact', vql: { select_columns: ['first_name', 'last_name'] } },
  });
  const { job: done } = await reachedJob(caller, exported);
  const download = new URL(said(done['job_response']?.['download_url']));
  assert.equal(download.origin, server.endpoint);
  assert.ok(download.pathname.endsWith(said(done['job_response']?.['s3_key'])));
  const answer = await fetch(download);
  assert.equal(await answer.text(), 'first_name,last_name\r\nAda,Lovelace\r\n');
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="export-/u);
});

test('storage in a bucket signs URLs for one key and one method', { skip }, async () => {
  const storage = openStorage(server.setting('links'));
  const put = await storage.link('a/b.csv', { method: 'put', seconds: 60 });
  const get = await storage.link('a/b.csv', { method: 'get', seconds: 60, fileName: 'b.csv' });
  assert.ok(put !== null && get !== null);
  assert.equal((await fetch(put, { method: 'PUT', body: 'x' })).status, 200);
  assert.equal(await (await fetch(get)).text(), 'x');
  assert.equal(new URL(get).searchParams.get('X-Amz-Expires'), '60');
  assert.notEqual(new URL(put).searchParams.get('X-Amz-Signature'), new URL(get).searchParams.get('X-Amz-Signature'));
});

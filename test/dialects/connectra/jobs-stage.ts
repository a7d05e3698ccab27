import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { listed, said } from '../universal/universal-app.ts';
import type { Caller, Json } from '../universal/universal-app.ts';

const ENDS = ['completed', 'failed'];

/** A job as the list shows it; undefined when the caller may not see it. */
export async function listedJob(caller: Caller, uuid: string): Promise<Json | undefined> {
  const { body } = await caller.askAt('POST', '/common/jobs', { limit: 100 });
  return listed(body['data']).find((one) => said(one['uuid']) === uuid);
}

/** The job once it has one of these statuses, and the statuses that were seen until then. */
export async function reachedJob(
  caller: Caller,
  uuid: string,
  statuses: readonly string[] = ENDS,
): Promise<{ job: Json; seen: string[] }> {
  const seen: string[] = [];
  for (let tries = 0; tries < 1_500; tries++) {
    const job = await listedJob(caller, uuid);
    const status = said(job?.['status']);
    if (seen.at(-1) !== status) seen.push(status);
    if (job && statuses.includes(status)) return { job, seen };
    await delay(20);
  }
  throw new Error(`it never came to ${statuses.join(' or ')}: ${JSON.stringify(await listedJob(caller, uuid))}`);
}

/** Makes a job and answers with its uuid. */
export async function createJob(caller: Caller, body: object): Promise<string> {
  const answer = await caller.askAt('POST', '/common/jobs/create', body);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return said(answer.body['data']?.['uuid']);
}

/** Uploads a file the way the document says; answers with its key. */
export async function upload(caller: Caller, content: string | Buffer, name = 'contacts.csv'): Promise<string> {
  const { body } = await caller.askAt('GET', `/common/upload-url?filename=${encodeURIComponent(name)}`);
  const answer = await fetch(said(body['upload_url']), { method: 'PUT', body: content });
  assert.equal(answer.status, 200, await answer.text());
  return said(body['s3_key']);
}

/** Imports a file and answers with the job at its end. */
export async function importFile(caller: Caller, content: string | Buffer, name?: string): Promise<Json> {
  const s3_key = await upload(caller, content, name);
  const uuid = await createJob(caller, { job_type: 'insert_csv_file', job_data: { s3_key, s3_bucket: 'any' } });
  return (await reachedJob(caller, uuid)).job;
}

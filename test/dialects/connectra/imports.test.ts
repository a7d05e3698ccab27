import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../support/lading.ts';
import { companyUuid, contactUuid } from '../../../src/rows/directory-uuid.ts';
import { listed, said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';
import { createJob, importFile, reachedJob, upload } from './jobs-stage.ts';

let stage: UniversalApp;
/** Somebody in a tenant with an empty directory. */
let caller: Caller;

before(async () => {
  stage = await startUniversal({ worker: true });
  caller = await stage.join();
});

after(() => stage.close());

async function found(path: 'companies' | 'contacts', query: object): Promise<readonly Json[]> {
  const { status, body } = await caller.askAt('POST', `/${path}/`, query);
  assert.equal(status, 200, JSON.stringify(body));
  return listed(body['data']).map((row) => Object.fromEntries(Object.entries(row).filter(([key]) => key !== 'cursor')));
}

const ACME = companyUuid({ name: 'Acme Corporation', linkedin_url: 'https://linkedin.com/company/acme-corp' });
const JOHN = contactUuid({ first_name: 'John', last_name: 'Doe', linkedin_url: 'https://linkedin.com/in/johndoe' });

test('a file with the columns of the batch upsert brings in its contacts and their companies', async () => {
  const header =
    'company,company_linkedin_url,email,first_name,last_name,title,departments,employees,industry,company_city,company_state,company_country,mobile_phone,person_linkedin_url,city,seniority';
  const row =
    'Acme Corporation,https://linkedin.com/company/acme-corp,John.Doe@Acme.com,John,Doe,Senior Software Engineer,"Engineering, Product",500,"Technology, Software",San Francisco,California,United States,+1-555-123-4567,https://linkedin.com/in/johndoe,Oakland,Senior';
  const job = await importFile(caller, `${header}\n${row}\n`);
  assert.deepEqual(
    [job['job_type'], job['status'], job['job_response']],
    [
      'insert_csv_file',
      'completed',
      { messages: 'Successfully imported 1 record', records: 1, failed_records: 0 } as unknown as Json,
    ],
  );
  assert.deepEqual(
    await found('contacts', {
      select_columns: ['uuid', 'first_name', 'email', 'departments', 'city', 'seniority', 'company_id'],
      company_config: {
        populate: true,
        select_columns: ['uuid', 'name', 'employees_count', 'industries', 'city', 'country'],
      },
    }),
    [
      {
        uuid: JOHN,
        first_name: 'John',
        email: 'john.doe@acme.com',
        departments: ['Engineering', 'Product'],
        city: 'oakland',
        seniority: 'senior',
        company_id: ACME,
        company: {
          uuid: ACME,
          name: 'Acme Corporation',
          employees_count: 500,
          industries: ['Technology', 'Software'],
          city: 'san francisco',
          country: 'united states',
        },
      },
    ],
  );
  // The same file again changes nothing.
  const again = await importFile(caller, `${header}\n${row}\n`);
  const { body } = await caller.ask('GET', `/jobs/${said(again['job_id'])}`);
  assert.deepEqual([body['records_imported'], body['records_skipped'], body['records_failed']], [0, 2, 0]);
});

test('files of companies and of contacts have the columns of their own endpoints', async () => {
  const companies = await importFile(
    caller,
    'Name,Employees Count,Industries,City,LinkedIn URL,Website\nBeta,"1,500","A, B",Paris,https://linkedin.com/company/beta,https://beta.example\n',
    'companies.csv',
  );
  assert.equal(companies['job_response']?.['messages'], 'Successfully imported 1 record');
  const [beta] = await found('companies', {
    where: { keyword_match: { must: { city: ['paris'] } } },
    select_columns: ['uuid', 'name', 'employees_count', 'industries', 'website'],
  });
  assert.deepEqual(beta, {
    uuid: String(companyUuid({ name: 'Beta', linkedin_url: 'https://linkedin.com/company/beta' })) as unknown as Json,
    name: 'Beta',
    employees_count: 1500,
    industries: ['A', 'B'],
    website: 'https://beta.example',
  });
  const contacts = await importFile(
    caller,
    `first_name,last_name,company_id,city,website,stage\nAda,Lovelace,${said(beta?.['uuid'])},Lyon,https://ada.example,new\n`,
  );
  assert.equal(contacts['status'], 'completed', JSON.stringify(contacts));
  assert.deepEqual(
    await found('contacts', {
      where: { keyword_match: { must: { city: ['lyon'] } } },
      select_columns: ['first_name', 'company_id', 'stage'],
    }),
    [{ first_name: 'Ada', company_id: said(beta?.['uuid']), stage: 'new' }],
  );
  // What the file says nothing of stays.
  assert.equal((await found('companies', { where: { keyword_match: { must: { city: ['paris'] } } } })).length, 1);
});

test('bad rows are counted and downloaded, each once, and nothing of them is taken', async () => {
  const job = await importFile(
    caller,
    [
      'company,employees,first_name,last_name,company_uuid',
      'Good,10,Grace,Hopper,',
      'Bad,many,Not,Taken,',
      'Bad Too,5,Nor,This,not-a-uuid',
      ',7,No,Company,',
      'Alone,,,,',
      '=evil,x,Mallory,"Q,uote",',
    ].join('\n'),
  );
  assert.equal(job['status'], 'completed');
  const { failed_rows_url: url, ...response } = job['job_response'] ?? {};
  assert.deepEqual(response, {
    messages: 'Successfully imported 2 records; 4 failed',
    records: 2,
    failed_records: 4,
  });
  const answer = await fetch(said(url));
  assert.equal(answer.status, 200);
  assert.equal(
    await answer.text(),
    [
      'company,employees,first_name,last_name,company_uuid,_error_message,_row_number',
      'Bad,many,Not,Taken,,The field employees_count must be a whole number.,2',
      'Bad Too,5,Nor,This,not-a-uuid,The field uuid must be a uuid.,3',
      ',7,No,Company,,Nothing says which company it is.,4',
      `'=evil,x,Mallory,"Q,uote",,The field employees_count must be a whole number.,6`,
      '',
    ].join('\r\n'),
  );
  const { body } = await caller.ask('GET', `/jobs/${said(job['job_id'])}`);
  assert.deepEqual([body['records_imported'], body['records_failed'], body['records_processed']], [3, 4, 12]);
  const names = (await found('contacts', { select_columns: ['first_name'], limit: 100 })).map(
    (one) => one['first_name'],
  );
  assert.ok(names.includes('Grace' as unknown as Json) && !names.includes('Not' as unknown as Json));
  const retried = await caller.ask('POST', `/jobs/${said(job['job_id'])}/retry`);
  assert.equal(retried.status, 201, JSON.stringify(retried.body));
  const retry = said(retried.body['job']?.['id']);
  await eventually(
    'the retry',
    async () => (await caller.ask('GET', `/jobs/${retry}`)).body['status'] === ('completed' as unknown),
  );
  const { body: again } = await caller.ask('GET', `/jobs/${retry}`);
  assert.deepEqual([again['records_processed'], again['records_failed']], [4, 4]);
  const wrong = new URL(said(url));
  wrong.searchParams.set('signature', '0'.repeat(64));
  assert.equal((await fetch(wrong)).status, 403);
});

test('an empty cell leaves what is there, and of repeated rows the later wins', async () => {
  await importFile(
    caller,
    'company,company_city,first_name,last_name,title\nGamma,Rome,Bo,Li,Chief\nGamma,Milan,Bo,Li,\nGamma,,Bo,Li,Boss\n',
  );
  assert.deepEqual(
    await found('contacts', {
      where: {
        keyword_match: { must: {} },
        text_matches: { must: [{ filter_key: 'last_name', text_value: 'li', search_type: 'match' }] },
      },
      select_columns: ['title'],
      company_config: { populate: true, select_columns: ['name', 'city'] },
    }),
    [{ title: 'Boss', company: { name: 'Gamma', city: 'milan' } }],
  );
});

test('a job whose file is not there is retried as often as was asked for, and fails then', async () => {
  const uuid = await createJob(caller, {
    job_type: 'insert_csv_file',
    job_data: { s3_key: 'uploads/uuid_contacts.csv', s3_bucket: 'your-bucket' },
    retry_count: 1,
  });
  const { job, seen } = await reachedJob(caller, uuid);
  assert.equal(job['status'], 'failed');
  assert.deepEqual(
    seen.filter((status) => status !== 'open' && status !== 'in_queue' && status !== 'processing'),
    ['retry_in_queued', 'retrying', 'failed'],
  );
  assert.equal(
    job['job_response']?.['messages'],
    'There is no file "uploads/uuid_contacts.csv": nothing was uploaded under this key.',
  );
  assert.deepEqual([job['retry_count'], job['retries_made']], [1, 1] as unknown as Json[]);
});

test('a job that is not to be retried is never shown as retried, not even before its failure is settled', async () => {
  const job_data = { s3_key: 'uploads/uuid_nothing.csv' };
  const uuid = await createJob(caller, { job_type: 'insert_csv_file', job_data });
  await reachedJob(caller, uuid, ['failed']);
  // As it stands between the two transactions that end it.
  await stage.app.orm.em.fork().execute(`update "import_jobs" set "status" = 'running' where "id" = ?`, [uuid]);
  const { job } = await reachedJob(caller, uuid, ['processing', 'retrying', 'in_queue']);
  assert.notEqual(job['status'], 'retrying' as unknown);
  await stage.app.orm.em.fork().execute(`update "import_jobs" set "status" = 'failed' where "id" = ?`, [uuid]);
});

test('a file that comes or is mended before the last attempt is taken', async () => {
  const { body } = await caller.askAt('GET', '/common/upload-url?filename=late.csv');
  const uuid = await createJob(caller, {
    job_type: 'insert_csv_file',
    job_data: { s3_key: said(body['s3_key']) },
    retry_count: 5,
  });
  await reachedJob(caller, uuid, ['retry_in_queued']);
  await fetch(said(body['upload_url']), { method: 'PUT', body: 'nonsense\n1\n' });
  let job: Json | undefined;
  for (;;) {
    ({ job } = await reachedJob(caller, uuid, ['retry_in_queued', 'completed', 'failed']));
    if (said(job['job_response']?.['messages']).includes('no column') || job['status'] === ('failed' as unknown)) break;
    await delay(20);
  }
  assert.equal(job['status'], 'retry_in_queued');
  await fetch(said(body['upload_url']), { method: 'PUT', body: 'first_name,last_name\nLate,Comer\n' });
  ({ job } = await reachedJob(caller, uuid));
  assert.deepEqual([job['status'], job['job_response']?.['messages']], ['completed', 'Successfully imported 1 record']);
});

test('somebody else’s upload is none', async () => {
  const s3_key = await upload(caller, 'first_name\nStolen\n');
  const other = await stage.join({ tenantId: await otherTenant() });
  const uuid = await createJob(other, { job_type: 'insert_csv_file', job_data: { s3_key } });
  const { job } = await reachedJob(other, uuid);
  assert.equal(job['status'], 'failed');
  assert.match(said(job['job_response']?.['messages']), /^There is no file/u);
  assert.deepEqual((await caller.askAt('POST', '/common/jobs', { limit: 100 })).body['data'] === undefined, false);
  assert.equal(
    listed((await caller.askAt('POST', '/common/jobs', { limit: 100 })).body['data']).some(
      (one) => said(one['uuid']) === uuid,
    ),
    false,
  );
});

async function otherTenant(): Promise<string> {
  const id = '00000000-0000-4000-8000-0000000000aa';
  await stage.app.orm.em.fork().execute(`insert into "tenants" ("id", "name") values (?, 'Other')`, [id]);
  return id;
}

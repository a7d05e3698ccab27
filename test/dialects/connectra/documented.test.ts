import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { companyUuid, contactUuid } from '../../../src/rows/directory-uuid.ts';
import { DOCUMENTED_ROW } from '../../support/directory.ts';
import { ok as answered, picked } from './directory-stage.ts';
import { listed, said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';

const ACME = {
  uuid: companyUuid({ name: 'Acme Corporation', linkedin_url: 'https://linkedin.com/company/acme-corp' }),
  name: 'Acme Corporation',
  linkedin_url: 'https://linkedin.com/company/acme-corp',
};
const JOHN = contactUuid({ first_name: 'John', last_name: 'Doe', linkedin_url: 'https://linkedin.com/in/johndoe' });
const NEW = { name: 'New Company', linkedin_url: 'https://linkedin.com/company/new-company' };
const EXPLICIT = 'a1b2c3d4-e5f6-7890-abcd-ef1234567890';

describe('the examples of document 002, in their order, with real values', () => {
  let stage: UniversalApp;
  let caller: Caller;
  before(async () => {
    stage = await startUniversal();
    caller = await stage.join();
  });
  after(() => stage.close());

  const ok = (method: string, path: string, body?: unknown): Promise<Json> => answered(caller, method, path, body);
  const company = async (uuid: unknown, ...columns: string[]): Promise<unknown> => {
    const { data } = await ok('POST', '/companies/', {
      where: { keyword_match: { must: { uuid: [uuid] } } },
      select_columns: columns,
    });
    return listed(data).map((row) => picked(row, columns));
  };

  test('insert a new record: a new company is created with an auto-generated uuid', async () => {
    const uuid = companyUuid(NEW);
    assert.deepEqual(await ok('POST', '/companies/batch-upsert', [{ ...NEW, employees_count: 100 }]), {
      success: true,
      company_uuids: [uuid],
    });
    assert.deepEqual(await company(uuid, 'name', 'employees_count'), [{ name: 'New Company', employees_count: 100 }]);
  });

  test('update an existing record: the same identifiers update, and no duplicate is made', async () => {
    const uuid = companyUuid(NEW);
    assert.deepEqual(await ok('POST', '/companies/batch-upsert', [{ ...NEW, employees_count: 200 }]), {
      success: true,
      company_uuids: [uuid],
    });
    assert.deepEqual(await company(uuid, 'employees_count'), [{ employees_count: 200 }]);
    assert.deepEqual(await ok('POST', '/companies/count', {}), { success: true, count: 1 });
  });

  test('explicit uuid update: the record with this uuid is updated', async () => {
    const row = { uuid: EXPLICIT, name: 'Updated Company Name', employees_count: 300 };
    for (const count of [300, 301]) {
      assert.deepEqual(await ok('POST', '/companies/batch-upsert', [{ ...row, employees_count: count }]), {
        success: true,
        company_uuids: [EXPLICIT],
      });
    }
    assert.deepEqual(await company(EXPLICIT, 'uuid', 'name', 'employees_count'), [{ ...row, employees_count: 301 }]);
  });

  test('batch upsert (CSV data) makes company and contact and links them', async () => {
    const answer = await ok('POST', '/common/batch-upsert', {
      data: [DOCUMENTED_ROW],
    });
    assert.deepEqual(answer, {
      success: true,
      message: 'Batch upsert successful',
      company_uuids: [ACME.uuid],
      contact_uuids: [JOHN],
    });
    assert.deepEqual(await company(ACME.uuid, 'employees_count', 'industries', 'city', 'state', 'country'), [
      {
        employees_count: 500,
        industries: ['Technology', 'Software'],
        city: 'san francisco',
        state: 'california',
        country: 'united states',
      },
    ]);
  });

  test('get filters', async () => {
    const { success, data } = await ok('GET', '/common/contact/filters');
    assert.equal(success, true);
    assert.deepEqual(
      listed(data).filter(({ key }) => ['country', 'seniority'].includes(said(key))),
      [
        { key: 'country', filter_type: 'keyword', display_name: 'Country', active: true },
        { key: 'seniority', filter_type: 'keyword', display_name: 'Seniority Level', active: true },
      ],
    );
  });

  test('get companies by filter', async () => {
    await ok('POST', '/companies/batch-upsert', [
      { uuid: ACME.uuid, keywords: ['Artificial Intelligence'], website: 'https://acme.com' },
    ]);
    const { success, data } = await ok('POST', '/companies/', {
      where: {
        text_matches: {
          must: [{ text_value: 'artificial intelligence', filter_key: 'keywords', search_type: 'match_phrase' }],
        },
        keyword_match: { must: { country: ['united states'], industries: ['technology'] } },
        range_query: { must: { employees_count: { gte: 100, lte: 5000 } } },
      },
      order_by: [{ order_by: 'employees_count', order_direction: 'desc' }],
      select_columns: ['uuid', 'name', 'industries', 'employees_count', 'website'],
      limit: 25,
    });
    assert.equal(success, true);
    const [{ cursor, ...row } = {} as Json, ...others] = listed(data);
    assert.deepEqual(
      [row, others],
      [
        {
          uuid: ACME.uuid,
          name: 'Acme Corporation',
          industries: ['Technology', 'Software'],
          employees_count: 500,
          website: 'https://acme.com',
        },
        [],
      ],
    );
    assert.deepEqual(listed(cursor).slice(0, 2), ['500', 'Acme Corporation']);
  });

  test('get companies count', async () => {
    const where = { keyword_match: { must: { country: ['united states'] } } };
    assert.deepEqual(await ok('POST', '/companies/count', { where }), { success: true, count: 1 });
  });

  test('batch upsert companies', async () => {
    const answer = await ok('POST', '/companies/batch-upsert', [
      {
        name: 'Acme Corporation',
        employees_count: 500,
        industries: ['Technology', 'Software'],
        city: 'San Francisco',
        state: 'California',
        country: 'United States',
        linkedin_url: 'https://linkedin.com/company/acme-corp',
        website: 'https://acme.com',
      },
    ]);
    assert.deepEqual(answer, { success: true, company_uuids: [ACME.uuid] });
    assert.deepEqual(await company(ACME.uuid, 'keywords'), [{ keywords: ['Artificial Intelligence'] }]);
  });

  test('batch upsert contacts', async () => {
    const answer = await ok('POST', '/contacts/batch-upsert', [
      {
        first_name: 'John',
        last_name: 'Doe',
        company_id: EXPLICIT,
        email: 'john.doe@acme.com',
        title: 'Senior Software Engineer',
        departments: ['Engineering'],
        seniority: 'senior',
        city: 'San Francisco',
        country: 'United States',
        linkedin_url: 'https://linkedin.com/in/johndoe',
      },
    ]);
    assert.deepEqual(answer, { success: true, contact_uuids: [JOHN] });
  });

  test('get contacts by filter, with their companies', async () => {
    const { data } = await ok('POST', '/contacts/', {
      where: { keyword_match: { must: { seniority: ['senior', 'manager'], departments: ['engineering'] } } },
      select_columns: ['uuid', 'first_name', 'last_name', 'email', 'title'],
      company_config: { populate: true, select_columns: ['uuid', 'name', 'website'] },
      limit: 25,
    });
    const [{ cursor, ...row } = {} as Json, ...others] = listed(data);
    assert.deepEqual(
      [row, others],
      [
        {
          uuid: JOHN,
          first_name: 'John',
          last_name: 'Doe',
          email: 'john.doe@acme.com',
          title: 'Senior Software Engineer',
          company: { uuid: EXPLICIT, name: 'Updated Company Name', website: null },
        },
        [],
      ],
    );
    assert.deepEqual(listed(cursor).slice(0, 2), ['Doe', 'John']);
  });

  test('get contacts count', async () => {
    const where = { keyword_match: { must: { country: ['united states'], seniority: ['senior'] } } };
    assert.deepEqual(await ok('POST', '/contacts/count', { where }), { success: true, count: 1 });
  });

  test('get filter data', async () => {
    await ok('POST', '/contacts/batch-upsert', [
      { first_name: 'Jane', country: 'United Kingdom' },
      { first_name: 'Juan', country: 'Spain' },
    ]);
    const asked = { filter_key: 'country', search_text: 'united', page: 1, limit: 20 };
    assert.deepEqual(await ok('POST', '/common/contact/filters/data', asked), {
      success: true,
      data: [
        { value: 'united states', display_value: 'United States' },
        { value: 'united kingdom', display_value: 'United Kingdom' },
      ],
    });
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { COMPANY_COLUMNS } from '../../src/domain/directory/columns.ts';
import { companyUuid, contactUuid } from '../../src/rows/directory-uuid.ts';
import { shownFilters } from '../../src/vql/filter-data.ts';
import { parseVql } from '../../src/vql/parse.ts';
import { OTHER_TENANT, openDirectory } from '../support/directory.ts';
import type { TestDirectory } from '../support/directory.ts';

const acme = {
  uuid: companyUuid({ name: 'Acme Corporation', linkedin_url: 'https://linkedin.com/company/acme-corp' }),
  name: 'Acme Corporation',
  employees_count: 500,
  industries: ['Technology', 'Software'],
  keywords: ['Applied Artificial Intelligence', 'Robotics'],
  city: 'san francisco',
  state: 'california',
  country: 'united states',
  linkedin_url: 'https://linkedin.com/company/acme-corp',
  website: 'https://acme.com',
};
const john = {
  uuid: contactUuid({ first_name: 'John', last_name: 'Doe', linkedin_url: 'https://linkedin.com/in/johndoe' }),
  first_name: 'John',
  last_name: 'Doe',
  company_id: acme.uuid,
  email: 'john.doe@acme.com',
  title: 'Senior Software Engineer',
  departments: ['Engineering'],
  seniority: 'senior',
  city: 'san francisco',
  country: 'united states',
};

describe('the queries that document 002 prints', () => {
  let directory: TestDirectory;
  before(async () => {
    directory = await openDirectory();
    await directory.insert('company', [
      acme,
      { ...acme, uuid: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890', name: 'Small', employees_count: 99 },
      {
        ...acme,
        uuid: 'a1b2c3d4-e5f6-7890-abcd-ef1234567891',
        name: 'Apart',
        keywords: ['artificial', 'intelligence'],
      },
      { ...acme, uuid: 'a1b2c3d4-e5f6-7890-abcd-ef1234567892', name: 'Elsewhere', country: 'canada' },
    ]);
    await directory.insert('contact', [
      john,
      { ...john, uuid: 'c3d4e5f6-a7b8-9012-cdef-123456789012', departments: ['Sales'], last_name: 'Abel' },
      { ...john, uuid: 'c3d4e5f6-a7b8-9012-cdef-123456789013', seniority: 'Manager', company_id: null },
    ]);
    await directory.insert('contact', [john], OTHER_TENANT);
  });
  after(() => directory.close());

  test('get companies by filter', async () => {
    const [row, ...others] = await directory.search('company', {
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
    const cursor = row?.['cursor'];
    assert.ok(Array.isArray(cursor) && cursor.length === 3);
    assert.deepEqual(cursor.slice(0, 2), ['500', 'Acme Corporation']);
    assert.deepEqual(
      [row, ...others],
      [
        {
          uuid: acme.uuid,
          name: 'Acme Corporation',
          industries: ['Technology', 'Software'],
          employees_count: 500,
          website: 'https://acme.com',
          cursor,
        },
      ],
    );
  });

  test('get companies count', async () => {
    assert.equal(
      await directory.count('company', { where: { keyword_match: { must: { country: ['united states'] } } } }),
      3,
    );
  });

  test('get contacts by filter, with company population', async () => {
    const rows = await directory.search('contact', {
      where: { keyword_match: { must: { seniority: ['senior', 'manager'], departments: ['engineering'] } } },
      select_columns: ['uuid', 'first_name', 'last_name', 'email', 'title'],
      company_config: { populate: true, select_columns: ['uuid', 'name', 'website'] },
      limit: 25,
    });
    const shared = {
      first_name: 'John',
      last_name: 'Doe',
      email: 'john.doe@acme.com',
      title: 'Senior Software Engineer',
    };
    const expected = [
      {
        uuid: john.uuid,
        ...shared,
        company: { uuid: acme.uuid, name: 'Acme Corporation', website: 'https://acme.com' },
      },
      { uuid: 'c3d4e5f6-a7b8-9012-cdef-123456789013', ...shared, company: null },
    ];
    assert.deepEqual(
      rows.map((row) => ({ ...row, cursor: null })),
      expected.toSorted((a, b) => (String(a.uuid) < String(b.uuid) ? -1 : 1)).map((row) => ({ ...row, cursor: null })),
    );
    assert.deepEqual(
      rows.map(({ cursor }) => Array.isArray(cursor) && cursor.slice(0, 2)),
      [
        ['Doe', 'John'],
        ['Doe', 'John'],
      ],
    );
  });

  test('get contacts count', async () => {
    const where = { keyword_match: { must: { country: ['united states'], seniority: ['senior'] } } };
    assert.equal(await directory.count('contact', { where }), 2);
  });

  test('the query structure, with its empty parts', async () => {
    const rows = await directory.search('contact', {
      where: {
        text_matches: { must: [], must_not: [] },
        keyword_match: { must: {}, must_not: {} },
        range_query: { must: {}, must_not: {} },
      },
      order_by: [{ order_by: 'last_name', order_direction: 'asc' }],
      cursor: [],
      select_columns: ['last_name'],
      company_config: { populate: true, select_columns: [] },
      page: 1,
      limit: 25,
    });
    assert.deepEqual(
      rows.map((row) => row['last_name']),
      ['Abel', 'Doe', 'Doe'],
    );
    assert.equal(Object.keys(Object(rows[0]?.['company'])).length, COMPANY_COLUMNS.length);
  });

  test('the query of an export has no bound on its limit', () => {
    const vql = {
      where: { keyword_match: { must: { country: ['united states'] } } },
      select_columns: ['first_name', 'last_name', 'email'],
      limit: 1000,
    };
    assert.equal(parseVql('contact', vql, { maxLimit: null }).limit, 1000);
    assert.equal(parseVql('contact', {}, { maxLimit: null }).limit, null);
  });

  test('get filters', () => {
    const shown = shownFilters('contact');
    assert.deepEqual(
      shown.filter(({ key }) => key === 'country' || key === 'seniority'),
      [
        { key: 'country', filter_type: 'keyword', display_name: 'Country', active: true },
        { key: 'seniority', filter_type: 'keyword', display_name: 'Seniority Level', active: true },
      ],
    );
  });
});

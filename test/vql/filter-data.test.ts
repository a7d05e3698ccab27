import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Service } from '../../src/domain/directory/columns.ts';
import { filterData, parseFilterData, titleCase } from '../../src/vql/filter-data.ts';
import type { FilterValue } from '../../src/vql/filter-data.ts';
import { OTHER_TENANT, openDirectory, TENANT } from '../support/directory.ts';
import type { TestDirectory } from '../support/directory.ts';

describe('the values of a filter', () => {
  let directory: TestDirectory;
  const ask = (service: Service, query: unknown, tenantId = TENANT): Promise<FilterValue[]> =>
    filterData(parseFilterData(service, query), tenantId, async (statement) => {
      const { rows } = await directory.client.query<unknown[]>(statement);
      return rows;
    });
  const values = async (service: Service, query: unknown, tenantId = TENANT): Promise<string[]> =>
    (await ask(service, query, tenantId)).map(({ value }) => value);

  before(async () => {
    directory = await openDirectory();
    const contact = (country: string, departments: string[]) => ({ uuid: randomUUID(), country, departments });
    await directory.insert('contact', [contact('united states', ['Engineering', 'Human Resources'])]);
    await directory.insert('contact', [contact('united kingdom', ['engineering', 'R&D']), contact('germany', [])]);
    await directory.insert('contact', [contact('tonga', ['Secret'])], OTHER_TENANT);
    await directory.insert('company', [{ uuid: randomUUID(), country: 'japan', industries: ['Technology'] }]);
  });
  after(() => directory.close());

  test('are found by their beginning, as document 002 prints it', async () => {
    assert.deepEqual(await ask('contact', { filter_key: 'country', search_text: 'united', page: 1, limit: 20 }), [
      { value: 'united states', display_value: 'United States' },
      { value: 'united kingdom', display_value: 'United Kingdom' },
    ]);
  });

  test('are found by likeness after that, and by words further inside', async () => {
    assert.deepEqual(await values('contact', { filter_key: 'country', search_text: 'germny' }), ['germany']);
    assert.deepEqual(await values('contact', { filter_key: 'country', search_text: 'Kingdom' }), ['united kingdom']);
    assert.deepEqual(await values('contact', { filter_key: 'country', search_text: 'xyz' }), []);
  });

  test('are listed by the alphabet, page by page, each once whatever its case', async () => {
    assert.deepEqual(await values('contact', { filter_key: 'departments' }), ['Engineering', 'Human Resources', 'R&D']);
    assert.deepEqual(await values('contact', { filter_key: 'departments', page: 2, limit: 2 }), ['R&D']);
    assert.deepEqual(await values('contact', { filter_key: 'departments', search_text: 'e', page: 2, limit: 2 }), []);
  });

  test('are those of the tenant and of the service', async () => {
    assert.deepEqual(await values('contact', { filter_key: 'country' }, OTHER_TENANT), ['tonga']);
    assert.deepEqual(await values('company', { filter_key: 'country' }), ['japan']);
    assert.deepEqual(await values('company', { filter_key: 'industries' }), ['Technology']);
  });

  test('follow what is written, and what nobody has any more is not shown', async () => {
    const { client } = directory;
    await client.query(`update "target"."contacts" set "country" = 'austria' where "country" = 'germany'`);
    assert.deepEqual(await values('contact', { filter_key: 'country' }), [
      'austria',
      'united kingdom',
      'united states',
    ]);
    await client.query(`delete from "target"."contacts" where "country" = 'austria'`);
    assert.deepEqual(await values('contact', { filter_key: 'country' }), ['united kingdom', 'united states']);
    assert.deepEqual(await values('contact', { filter_key: 'country', search_text: 'aus' }), []);
    await client.query('begin');
    await directory.insert('contact', [{ uuid: randomUUID(), country: 'nowhere' }]);
    await client.query('rollback');
    assert.deepEqual(await values('contact', { filter_key: 'country', search_text: 'nowhere' }), []);
  });

  test('are none where nobody could choose from them', async () => {
    assert.deepEqual(await values('contact', { filter_key: 'email' }), []);
    assert.deepEqual(await values('company', { filter_key: 'employees_count' }), []);
  });

  test('of a text are those of rows that have what is looked for, each once whatever its case', async () => {
    const contact = (title: string | null) => ({ uuid: randomUUID(), title });
    const titles = ['Senior Engineer', 'Engineer', 'senior engineer', 'Head of Sales', '', null];
    await directory.insert('contact', titles.map(contact));
    await directory.insert('contact', [contact('Engineer of Secrets')], OTHER_TENANT);
    await directory.insert('company', [
      { uuid: randomUUID(), name: 'Acme', keywords: ['Cloud computing', 'robotics'] },
      { uuid: randomUUID(), name: 'Umbra', keywords: ['cloud Computing', 'Data lakes'] },
    ]);
    assert.deepEqual(await ask('contact', { filter_key: 'title', search_text: 'engin' }), [
      { value: 'Engineer', display_value: 'Engineer' },
      { value: 'Senior Engineer', display_value: 'Senior Engineer' },
    ]);
    const all = ['Engineer', 'Head of Sales', 'Senior Engineer'];
    assert.deepEqual(await values('contact', { filter_key: 'title' }), all);
    assert.deepEqual(await values('contact', { filter_key: 'title', page: 2, limit: 2 }), all.slice(2));
    assert.deepEqual(await values('company', { filter_key: 'name' }), ['Acme', 'Umbra']);
    assert.deepEqual(await values('company', { filter_key: 'keywords', search_text: 'cloud c' }), ['Cloud computing']);
    assert.deepEqual(await values('contact', { filter_key: 'title', search_text: '&|!' }), []);
  });

  test('of an unknown filter are refused by its name, and so is too large a page', () => {
    assert.throws(() => parseFilterData('contact', { filter_key: 'planet' }), {
      message: 'ERR_UNKNOWN_FILTER_KEY: A contact has no filter "planet".',
    });
    assert.throws(() => parseFilterData('contact', { filter_key: 'country', limit: 101 }), {
      message: 'ERR_PAGE_SIZE_EXCEEDED: A page has at most 100 rows; 101 were asked for.',
    });
    assert.throws(() => parseFilterData('contact', { filter_key: 'planet', limit: 101, sort: 1 }), {
      message:
        'ERR_UNKNOWN_FILTER_KEY: A contact has no filter "planet". There is no "sort" in a query. ' +
        'A page has at most 100 rows; 101 were asked for.',
    });
  });

  test('have a capital letter in front of each word and keep those they have', () => {
    assert.equal(titleCase('united states'), 'United States');
    assert.equal(titleCase("côte d'ivoire"), "Côte D'ivoire");
    assert.equal(titleCase('c suite'), 'C Suite');
    assert.equal(titleCase('R&D and IoT'), 'R&D And IoT');
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readBatchRow, readRecord } from '../../../src/domain/directory/batch-row.ts';
import { cleanText, cleanValue, splitList } from '../../../src/domain/directory/clean.ts';
import { columnsOf, findColumn, SERVICES } from '../../../src/domain/directory/columns.ts';
import type { Service } from '../../../src/domain/directory/columns.ts';
import { DOCUMENTED_ROW } from '../../support/directory.ts';

function clean(service: Service, name: string, value: unknown): unknown {
  const column = findColumn(service, name);
  assert.ok(column);
  return cleanValue(column, value);
}

describe('cleaning', () => {
  test('takes blanks and control characters away and composes letters', () => {
    assert.equal(cleanText('  Ada \t\n  Lovelace\u00a0 '), 'Ada Lovelace');
    assert.equal(cleanText('Zoe\u0308'), 'Zoë');
    assert.equal(cleanText('a\u0000b\u001fc\ud800'), 'abc');
    assert.equal(cleanText(' \u3000 '), null);
  });

  test('lowers exactly the columns that the document names', () => {
    const lowered = SERVICES.flatMap((service) =>
      columnsOf(service).flatMap(({ name, lowerCase }) => (lowerCase ? [name] : [])),
    );
    assert.deepEqual([...new Set(lowered)].toSorted(), [
      'city',
      'country',
      'email',
      'email_status',
      'linkedin_url',
      'seniority',
      'state',
    ]);
    assert.deepEqual(clean('contact', 'email', ' John.DOE@Acme.com '), { value: 'john.doe@acme.com' });
    assert.deepEqual(clean('contact', 'first_name', ' John '), { value: 'John' });
  });

  test('makes numbers of digits', () => {
    for (const given of ['500', ' 500 ', 500, '500.0', '+500']) {
      assert.deepEqual(clean('company', 'employees_count', given), { value: 500 });
    }
    assert.deepEqual(clean('company', 'annual_revenue', '1,250,000'), { value: 1_250_000 });
    assert.deepEqual(clean('company', 'annual_revenue', '9007199254740993'), { value: '9007199254740993' });
    assert.deepEqual(clean('company', 'employees_count', ''), { value: null });
    for (const given of ['many', '1.5', 1.5, '1,25', '5'.repeat(31), true, [], Number.NaN]) {
      assert.ok('mistake' in Object(clean('company', 'employees_count', given)), String(given));
    }
  });

  test('makes lists of text with commas', () => {
    assert.deepEqual(splitList('Engineering, Product,, Engineering , '), ['Engineering', 'Product']);
    assert.deepEqual(clean('company', 'industries', 'Technology, Software'), { value: ['Technology', 'Software'] });
    assert.deepEqual(clean('company', 'industries', [' Technology ', '']), { value: ['Technology'] });
    assert.deepEqual(clean('company', 'industries', ' , '), { value: null });
    assert.ok('mistake' in Object(clean('company', 'industries', [1])));
  });

  test('takes uuids whatever their version digits, and days of the calendar', () => {
    const printed = 'C3D4E5F6-a7b8-9012-cdef-123456789012';
    assert.deepEqual(clean('contact', 'company_id', printed), { value: printed.toLowerCase() });
    assert.ok('mistake' in Object(clean('contact', 'uuid', 'c3d4')));
    assert.deepEqual(clean('company', 'last_raised_at', '2024-02-29'), { value: '2024-02-29' });
    assert.ok('mistake' in Object(clean('company', 'last_raised_at', '2023-02-29')));
  });
});

describe('a row of the CSV-like shape', () => {
  test('is a company and a contact, as document 002 prints it', () => {
    const row = {
      ...DOCUMENTED_ROW,
      company_linkedin_url: 'https://LinkedIn.com/company/acme-corp',
      email: 'John.Doe@acme.com',
      city: '',
      note: 'not ours',
    };
    assert.deepEqual(readBatchRow(row), {
      company: {
        name: 'Acme Corporation',
        linkedin_url: 'https://linkedin.com/company/acme-corp',
        city: 'san francisco',
        state: 'california',
        country: 'united states',
        employees_count: 500,
        industries: ['Technology', 'Software'],
      },
      contact: {
        linkedin_url: 'https://linkedin.com/in/johndoe',
        first_name: 'John',
        last_name: 'Doe',
        email: 'john.doe@acme.com',
        title: 'Senior Software Engineer',
        departments: ['Engineering', 'Product'],
        mobile_phone: '+1-555-123-4567',
      },
      mistakes: [],
    });
  });

  test('names the cell that cannot be taken', () => {
    assert.deepEqual(readBatchRow({ company: 'Acme', employees: 'many' }).mistakes, [
      { key: 'employees', message: 'employees_count must be a whole number.' },
    ]);
  });
});

describe('a record of an endpoint of its own', () => {
  test('holds what was given, nothing given too, and no column of the store', () => {
    const given = {
      name: ' Acme ',
      city: null,
      website: '',
      created_at: '2020-01-01',
      unknown: 1,
      employees_count: 1.5,
    };
    assert.deepEqual(readRecord('company', given), {
      record: { name: 'Acme', city: null, website: null },
      mistakes: [{ key: 'employees_count', message: 'employees_count must be a whole number.' }],
    });
  });
});
